import { Duration, formatDuration } from '../../../core/duration.ts'
import { printable } from '../../../core/printable.ts'
import { keyTypeOf } from '../../../pki/key-type.ts'
import { formatSan } from '../../../pki/names.ts'
import type { CertificateRequest, Finding } from '../../connector.ts'
import type { PkiRole } from '../pki/pki-replies.ts'
import type { TokenFacts } from '../token/token-api.ts'
import { refusedNames } from './role-names.ts'

/** What the role allows, held against what is asked for. */
export function roleFindings(name: string, role: PkiRole, request: CertificateRequest): readonly Finding[] {
  const max = role.max_ttl === undefined || role.max_ttl === 0 ? undefined : Duration.ofSeconds(role.max_ttl)
  const facts = [
    `keys: ${role.key_type}`,
    ...(max ? [`at most ${formatDuration(max)}`] : []),
    ...(role.no_store === true ? ['stores no certificate'] : []),
  ]
  return [
    { subject: `role "${name}"`, verdict: 'good', detail: printable(facts.join('; ')) },
    ...nameFindings(role, request),
    ...keyFindings(role, request),
    ...ttlFindings(max, request),
  ]
}

/** A leased certificate is revoked when the token that asked for it ends. */
export function leaseFindings(role: PkiRole, token: TokenFacts | undefined): readonly Finding[] {
  if (role.generate_lease !== true) return []
  const end =
    token === undefined
      ? ''
      : token.expiresAt === null
        ? ', which never expires'
        : `, in ${formatDuration(token.ttl)} unless it is renewed`
  return [
    {
      subject: 'lease',
      verdict: token?.expiresAt === null ? 'good' : 'unknown',
      detail: `the role leases its certificates (generate_lease): they are revoked when the token ends${end}`,
      hint: 'keep the token alive: certctl vault keep-alive; or set generate_lease=false on the role',
    },
  ]
}

function nameFindings(role: PkiRole, request: CertificateRequest): readonly Finding[] {
  const { commonName, sans } = request
  if (commonName === undefined && sans.length === 0) return []
  const subject = 'names'
  const hint = 'ask for names that the role allows, or pass another --role'
  const { refused, undecided } = refusedNames(role, request)
  if (refused.length > 0)
    return [{ subject, verdict: 'bad', detail: printable(`the role does not allow ${refused.join(', ')}`), hint }]
  if (undecided.length > 0) {
    const detail = printable(`whether the role allows ${undecided.join(', ')} depends on the identity of the token`)
    return [{ subject, verdict: 'unknown', detail, hint: 'see: vault read MOUNT/roles/ROLE' }]
  }
  const all = [...new Set([...(commonName === undefined ? [] : [commonName]), ...sans.map(formatSan)])]
  return [{ subject, verdict: 'good', detail: printable(`the role allows ${all.join(', ')}`) }]
}

/** Only of a key that is chosen already: one that is made here is made as the role wants it. */
function keyFindings(role: PkiRole, { key }: CertificateRequest): readonly Finding[] {
  const subject = 'key'
  if (key.origin === 'issuer') {
    if (role.key_type !== 'any') return []
    const detail = 'the role makes no keys: it signs those of any kind'
    return [{ subject, verdict: 'bad', detail, hint: 'leave out --server-key' }]
  }
  if (key.publicKey === undefined || role.key_type === 'any') return []
  const keyType = keyTypeOf(key.publicKey)
  const isOfKind = key.publicKey.asymmetricKeyType === role.key_type
  const bits = Number(/\d+$/.exec(keyType)?.[0] ?? 0)
  const isLongEnough = role.key_type === 'ed25519' || bits >= (role.key_bits ?? 0)
  if (isOfKind && isLongEnough) return [{ subject, verdict: 'good', detail: `the role takes ${keyType}` }]
  const wanted = `${role.key_type}${role.key_bits === undefined || role.key_bits === 0 ? '' : ` of ${role.key_bits} bits or more`}`
  const detail = printable(`the role takes keys of type ${wanted}, not ${keyType}`)
  return [{ subject, verdict: 'bad', detail, hint: 'choose another with --key-type, or leave it out' }]
}

function ttlFindings(max: Duration | undefined, { ttl }: CertificateRequest): readonly Finding[] {
  if (!max || !ttl) return []
  const subject = 'TTL'
  if (!max.isLessThan(ttl)) return [{ subject, verdict: 'good', detail: `the role grants ${formatDuration(ttl)}` }]
  const detail = `the role grants at most ${formatDuration(max)}, less than the ${formatDuration(ttl)} asked for`
  return [{ subject, verdict: 'bad', detail, hint: 'ask for less with --ttl' }]
}
