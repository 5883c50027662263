import { readCredential } from '../../config/credential-file.ts'
import { parseSegments } from '../../config/setting-parsers.ts'
import type { Settings } from '../../config/settings.ts'
import type { LoginMethod } from '../../connectors/vault/login/login-method.ts'
import { UsageError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import type { AuthMethod, LoginFlags } from './login-flags.ts'
import { askPassword, assertTerminal } from './ask-password.ts'

/** The login that the flags ask for; a flag that its method needs and that is missing is a usage error. */
export async function loginMethod(auth: AuthMethod, flags: LoginFlags, settings: Settings): Promise<LoginMethod> {
  const mount = mountOf(flags['auth-mount'] ?? auth)
  switch (auth) {
    case 'approle':
      return approle(mount, flags)
    case 'kubernetes':
    case 'jwt':
      return jwt(auth, mount, flags)
    case 'cert':
      return cert(mount, flags, settings)
    case 'userpass':
    case 'ldap':
      return password(auth, mount, flags)
  }
}

/** Whether somebody has to type something. */
export function asksPerson(flags: LoginFlags): boolean {
  return (flags.auth === 'userpass' || flags.auth === 'ldap') && flags['password-file'] === undefined
}

function mountOf(text: string): string {
  const parsed = parseSegments(text.replace(/^\/*auth\//, ''))
  if ('value' in parsed) return parsed.value
  throw new UsageError(`--auth-mount ${text} is no path of an auth method`, {
    hint: 'write it like approle or team/ci',
  })
}

async function approle(mount: string, flags: LoginFlags): Promise<LoginMethod> {
  const { ApproleLogin } = await import('../../connectors/vault/login/approle-login.ts')
  const roleIdFile = needed(flags, 'role-id-file', 'approle')
  const wrapped = flags['wrapped-secret-id-file']
  const plain = flags['secret-id-file']
  const secretId =
    wrapped !== undefined
      ? { kind: 'wrapped' as const, path: wrapped, role: flags['auth-role'] }
      : plain !== undefined
        ? { kind: 'file' as const, path: plain }
        : { kind: 'none' as const }
  return new ApproleLogin({ mount, roleIdFile, secretId, read: readCredential })
}

async function jwt(kind: 'jwt' | 'kubernetes', mount: string, flags: LoginFlags): Promise<LoginMethod> {
  const { JwtLogin, serviceAccountToken } = await import('../../connectors/vault/login/jwt-login.ts')
  const role = kind === 'kubernetes' ? needed(flags, 'auth-role', kind) : flags['auth-role']
  const jwtFile = kind === 'kubernetes' ? (flags['jwt-file'] ?? serviceAccountToken) : needed(flags, 'jwt-file', kind)
  return new JwtLogin({ kind, mount, role, jwtFile, read: readCredential })
}

async function cert(mount: string, flags: LoginFlags, { clientCert, clientKey }: Settings): Promise<LoginMethod> {
  const { CertLogin } = await import('../../connectors/vault/login/cert-login.ts')
  if (!clientCert || !clientKey) {
    throw new UsageError('--auth cert needs a client certificate and its key', {
      hint: 'give --client-cert and --client-key',
    })
  }
  return new CertLogin({ mount, role: flags['auth-role'], files: [clientCert.value, clientKey.value] })
}

async function password(kind: 'userpass' | 'ldap', mount: string, flags: LoginFlags): Promise<LoginMethod> {
  const { PasswordLogin } = await import('../../connectors/vault/login/password-login.ts')
  const username = needed(flags, 'username', kind)
  const file = flags['password-file']
  if (file === undefined) assertTerminal()
  let typed: Promise<Secret> | undefined
  // Who typed it once is not asked again for the token after this one.
  const asked = () => (typed ??= askPassword(`Password of ${username} (${kind})`))
  return new PasswordLogin({
    kind,
    mount,
    username,
    passwordFile: file,
    password: file === undefined ? asked : () => readCredential(file, 'password'),
  })
}

function needed(flags: LoginFlags, flag: keyof LoginFlags, auth: AuthMethod): string {
  const value = flags[flag]
  if (typeof value === 'string' && value !== '') return value
  throw new UsageError(`--auth ${auth} needs --${flag}`, { hint: `give --${flag}` })
}
