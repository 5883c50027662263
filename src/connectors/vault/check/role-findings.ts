import type { KeyObject } from 'node:crypto'
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
    ...ttlFindings(role, max, request),
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
  if (key.publicKey === undefined) return []
  const keyType = keyTypeOf(key.publicKey)
  const hint = 'choose another kind of key; without --key-type one that the role takes is made'
  if (!knownToVault.test(keyType)) return [{ subject, verdict: 'bad', detail: `Vault takes no ${keyType} key`, hint }]
  if (describesCurve(key.csr)) {
    const detail = 'Vault takes no request whose key describes its curve in the place of naming it'
    const remedy = 'make it again with a key written by: openssl ec -in KEY -param_enc named_curve'
    return [{ subject, verdict: 'bad', detail, hint: remedy }]
  }
  const { key_type: wantedType, key_bits: leastBits = 0 } = takenKeys(role, key.publicKey)
  const isOfKind = key.publicKey.asymmetricKeyType === wantedType
  const bits = Number(/\d+$/.exec(keyType)?.[0] ?? 0)
  const isLongEnough = wantedType === 'ed25519' || bits >= leastBits
  if (isOfKind && isLongEnough) return [{ subject, verdict: 'good', detail: `the role takes ${keyType}` }]
  const wanted = `${wantedType}${leastBits === 0 ? '' : ` of ${leastBits} bits or more`}`
  const detail = printable(`the role takes keys of type ${wanted}, not ${keyType}`)
  return [{ subject, verdict: 'bad', detail, hint }]
}

/** What Go's parser of requests reads. */
const knownToVault = /^(?:rsa\d+|ec\d+|ed25519)$/

/** The OID of prime fields (RFC 3279, section 2.3.5), which a request has no other use for. */
const primeField = Buffer.from('06072a8648ce3d0101', 'hex')

function describesCurve(csr: string): boolean {
  return Buffer.from(csr.replace(/^-----.*$/gm, ''), 'base64').includes(primeField)
}

/** A role for any kind of key takes each as long as it is safe. */
function takenKeys(role: PkiRole, publicKey: KeyObject): Pick<PkiRole, 'key_type' | 'key_bits'> {
  if (role.key_type !== 'any') return role
  const kind = publicKey.asymmetricKeyType
  return { key_type: kind ?? '', key_bits: kind === 'rsa' ? 2048 : 0 }
}

function ttlFindings(
  { not_after }: PkiRole,
  max: Duration | undefined,
  { ttl }: CertificateRequest,
): readonly Finding[] {
  if (!ttl) return []
  const subject = 'TTL'
  if (not_after !== '') {
    const detail = printable(`the role sets the end itself (not_after ${not_after}), and takes no TTL beside it`)
    return [
      { subject, verdict: 'bad', detail, hint: 'leave out --ttl, and CERTCTL_VAULT_TTL or the TTL of the profile' },
    ]
  }
  if (!max) return []
  if (!max.isLessThan(ttl)) return [{ subject, verdict: 'good', detail: `the role grants ${formatDuration(ttl)}` }]
  const detail = `the role grants at most ${formatDuration(max)}, less than the ${formatDuration(ttl)} asked for`
  return [{ subject, verdict: 'bad', detail, hint: 'ask for less with --ttl' }]
}
