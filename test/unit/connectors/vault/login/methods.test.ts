import { describe, expect, it } from 'vitest'
import { AuthError, ConfigError, RejectedError } from '../../../../../src/core/errors.ts'
import { Secret } from '../../../../../src/core/secret.ts'
import { ApproleLogin, type ApproleLoginSettings } from '../../../../../src/connectors/vault/login/approle-login.ts'
import { CertLogin } from '../../../../../src/connectors/vault/login/cert-login.ts'
import { JwtLogin } from '../../../../../src/connectors/vault/login/jwt-login.ts'
import { PasswordLogin } from '../../../../../src/connectors/vault/login/password-login.ts'
import { errorOf, ScriptedVault, type Answer } from '../renewal/scripted-vault.ts'

/** Files by path; what is not there throws as the real reader does. */
function reader(files: Record<string, string>) {
  const asked: string[] = []
  const read = (path: string, what: string) => {
    asked.push(`${what} ${path}`)
    const text = files[path]
    return text === undefined
      ? Promise.reject(new ConfigError(`the ${what} file ${path} does not exist`))
      : Promise.resolve(new Secret(text))
  }
  return { read, asked, files }
}

const secrets = (all: readonly Secret[]) => all.map((secret) => secret.reveal())

describe('userpass and ldap', () => {
  it.each(['userpass', 'ldap'] as const)(
    '%s sends the password for the name, which is part of the path',
    async (kind) => {
      const login = new PasswordLogin({
        kind,
        mount: 'people',
        username: 'ann/x y',
        passwordFile: undefined,
        password: () => Promise.resolve(new Secret('pass word')),
      })
      const request = await login.request()
      expect(request).toMatchObject({ path: 'login/ann%2Fx%20y', body: { password: 'pass word' } })
      expect(secrets(request.secrets)).toEqual(['pass word'])
      expect([login.kind, login.mount, login.files]).toEqual([kind, 'people', []])
    },
  )

  it('read the password at each login', async () => {
    let asked = 0
    const password = () => Promise.resolve(new Secret(`password ${(asked += 1)}`))
    const settings = { mount: 'userpass', username: 'ann', passwordFile: '/p', password }
    const login = new PasswordLogin({ kind: 'userpass', ...settings })
    expect((await login.request()).body).toEqual({ password: 'password 1' })
    expect((await login.request()).body).toEqual({ password: 'password 2' })
    expect(login.files).toEqual(['/p'])
  })
})

describe('jwt and kubernetes', () => {
  it('send role and token, which is read at each login', async () => {
    const { read, files } = reader({ '/jwt': 'ey.one' })
    const login = new JwtLogin({ kind: 'kubernetes', mount: 'kubernetes', role: 'web', jwtFile: '/jwt', read })
    expect(await login.request()).toMatchObject({ path: 'login', body: { role: 'web', jwt: 'ey.one' } })
    files['/jwt'] = 'ey.two'
    const second = await login.request()
    expect(second.body).toEqual({ role: 'web', jwt: 'ey.two' })
    expect(secrets(second.secrets)).toEqual(['ey.two'])
    expect(login.files).toEqual(['/jwt'])
  })

  it('leave the role to the server when there is none', async () => {
    const { read } = reader({ '/jwt': 'ey.one' })
    const login = new JwtLogin({ kind: 'jwt', mount: 'jwt', role: undefined, jwtFile: '/jwt', read })
    expect((await login.request()).body).toEqual({ jwt: 'ey.one' })
  })
})

describe('cert', () => {
  it.each([
    ['web', { name: 'web' }],
    [undefined, {}],
  ])('sends nothing but the role %s: the connection has the certificate', async (role, body) => {
    const login = new CertLogin({ mount: 'cert', role, files: ['/cert', '/key'] })
    expect(await login.request()).toEqual({ path: 'login', body, secrets: [] })
    expect(login.files).toEqual(['/cert', '/key'])
  })
})

describe('approle', () => {
  function approle(secretId: ApproleLoginSettings['secretId'], files: Record<string, string>, mount = 'approle') {
    const scene = reader({ '/role': 'role-1', ...files })
    return { ...scene, login: new ApproleLogin({ mount, roleIdFile: '/role', secretId, read: scene.read }) }
  }

  it('sends role id and secret id, both read at each login', async () => {
    const { login, files, asked } = approle({ kind: 'file', path: '/secret' }, { '/secret': 'secret-1' })
    const client = new ScriptedVault().client()
    const first = await login.request(client)
    expect(first).toMatchObject({ path: 'login', body: { role_id: 'role-1', secret_id: 'secret-1' } })
    expect(secrets(first.secrets)).toEqual(['secret-1'])
    files['/secret'] = 'secret-2'
    expect((await login.request(client)).body).toMatchObject({ secret_id: 'secret-2' })
    expect(login.files).toEqual(['/role', '/secret'])
    expect(asked.slice(0, 2)).toEqual(['role id /role', 'secret id /secret'])
  })

  it('sends the role id alone for a role that needs no secret id', async () => {
    const { login } = approle({ kind: 'none' }, {})
    expect(await login.request(new ScriptedVault().client())).toEqual({
      path: 'login',
      body: { role_id: 'role-1' },
      secrets: [],
    })
    expect(login.files).toEqual(['/role'])
  })

  it('says which file it lacks', async () => {
    const { login } = approle({ kind: 'file', path: '/secret' }, {})
    expect(await errorOf(login.request(new ScriptedVault().client()))).toBeInstanceOf(ConfigError)
  })

  describe('with a wrapped secret id', () => {
    const made = (path: string): Answer => ({ body: { data: { creation_path: path, creation_ttl: 60 } } })
    const holds = (secretId: string): Answer => ({ body: { data: { secret_id: secretId, secret_id_ttl: 0 } } })
    const good = 'auth/approle/role/web/secret-id'
    const wrapped = (role?: string) =>
      approle({ kind: 'wrapped', path: '/wrap', role }, { '/wrap': 'hvs.wrapping-token-1' })

    it('confirms where it was made, unwraps it as itself, and sends what was in it', async () => {
      const vault = new ScriptedVault(made(good), holds('secret-1'))
      const { login, asked } = wrapped('web')
      const request = await login.request(vault.client())
      expect(request.body).toEqual({ role_id: 'role-1', secret_id: 'secret-1' })
      expect(secrets(request.secrets)).toEqual(['secret-1'])
      const [lookup, unwrap] = vault.requests
      expect(lookup).toMatchObject({ method: 'POST', path: 'v1/sys/wrapping/lookup', repeat: 'unsent' })
      expect(lookup?.body).toEqual({ token: 'hvs.wrapping-token-1' })
      expect(lookup?.headers).not.toHaveProperty('x-vault-token')
      expect(unwrap).toMatchObject({ method: 'POST', path: 'v1/sys/wrapping/unwrap', body: {} })
      expect(unwrap?.headers).toMatchObject({ 'x-vault-token': 'hvs.wrapping-token-1' })
      expect(asked).toContain('wrapping token /wrap')
    })

    it('unwraps once, and again when there is another one in its place', async () => {
      const vault = new ScriptedVault(made(good), holds('secret-1'), made(good), holds('secret-2'))
      const { login, files } = wrapped()
      const client = vault.client()
      await login.request(client)
      expect((await login.request(client)).body).toMatchObject({ secret_id: 'secret-1' })
      expect(vault.requests).toHaveLength(2)
      files['/wrap'] = 'hvs.wrapping-token-2'
      expect((await login.request(client)).body).toMatchObject({ secret_id: 'secret-2' })
      expect(vault.requests).toHaveLength(4)
    })

    it.each([
      ['sys/wrapping/wrap', undefined],
      ['auth/other/role/web/secret-id', undefined],
      ['auth/approle/role/web/secret-id/lookup', undefined],
      ['auth/approle/role/a/b/secret-id', undefined],
      ['auth/approle/role/other/secret-id', 'web'],
      ['auth/approle/role/webx/secret-id', 'web.'],
      ['cubbyhole/auth/approle/role/web/secret-id', 'web'],
    ])('refuses one that was made at %s, and does not unwrap it', async (path, role) => {
      const vault = new ScriptedVault(made(path), holds('planted'))
      const error = await errorOf(wrapped(role).login.request(vault.client()))
      expect(error).toBeInstanceOf(AuthError)
      expect(error).toMatchObject({ code: 'wrong-creation-path', exitCode: 4 })
      expect(error.message).toContain(path)
      expect(vault.requests).toHaveLength(1)
    })

    it.each(['secret-id', 'custom-secret-id'])('takes one that was made at %s', async (name) => {
      const vault = new ScriptedVault(made(`auth/approle/role/web/${name}`), holds('secret-1'))
      expect((await wrapped('web').login.request(vault.client())).body).toMatchObject({ secret_id: 'secret-1' })
    })

    it.each(['team/a', 'team/a/', '/team/a'])('takes one that was made in its own namespace %s', async (namespace) => {
      for (const path of [good, `team/a/${good}`]) {
        const vault = new ScriptedVault(made(path), holds('secret-1'))
        const { login } = wrapped('web')
        expect((await login.request(vault.client({ namespace }))).body).toMatchObject({ secret_id: 'secret-1' })
      }
    })

    it.each([
      ['team/a/auth/approle/role/web/secret-id', undefined],
      ['team/b/auth/approle/role/web/secret-id', 'team/a'],
      ['a/auth/approle/role/web/secret-id', 'team/a'],
      ['team/a/b/auth/approle/role/web/secret-id', 'team/a'],
      ['team.a/auth/approle/role/web/secret-id', 'team/a'],
      ['teamXa/auth/approle/role/web/secret-id', 'team.a'],
      ['/auth/approle/role/web/secret-id', '/'],
    ])('refuses one that was made at %s for the namespace %s', async (path, namespace) => {
      const vault = new ScriptedVault(made(path), holds('planted'))
      const error = await errorOf(wrapped('web').login.request(vault.client({ namespace })))
      expect(error).toMatchObject({ code: 'wrong-creation-path' })
      expect(vault.requests).toHaveLength(1)
    })

    it.each([
      [400, 'wrapping token is not valid or does not exist', RejectedError],
      [403, 'permission denied', AuthError],
    ])('tells one that is over (%d) without the token', async (status, text, kind) => {
      const vault = new ScriptedVault({ status, body: { errors: [`${text}: hvs.wrapping-token-1`] } })
      const error = await errorOf(wrapped().login.request(vault.client()))
      expect(error).toBeInstanceOf(kind)
      expect(error.message).toContain(text)
      expect(`${error.message} ${String(error.hint)}`).not.toContain('hvs.wrapping')
      expect(error.hint).toContain('wrap a new secret id')
    })

    it('unwraps again after an answer that made no sense', async () => {
      const vault = new ScriptedVault(made(good), { body: { data: {} } }, made(good), holds('secret-1'))
      const { login } = wrapped()
      expect(await errorOf(login.request(vault.client()))).toMatchObject({ code: 'unreadable-reply' })
      expect((await login.request(vault.client())).body).toMatchObject({ secret_id: 'secret-1' })
    })
  })
})
