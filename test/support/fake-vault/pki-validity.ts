import { formatGoDuration } from './go-duration.ts'
import type { Parameters } from './parameters.ts'
import type { PkiRole } from './pki-role.ts'
import { Refusal } from './reply.ts'

export interface GrantedValidity {
  readonly notBefore: Date
  readonly notAfter: Date
  readonly warnings: readonly string[]
}

export interface IssuerEnd {
  readonly notAfter: Date
  /** `err` is Vault's default; `truncate` cuts without a word. */
  readonly leafNotAfterBehavior: 'err' | 'truncate' | 'permit'
}

/** Vault dates certificates back by this much; a role may say otherwise, the fake's can't. */
const backdated = 30

/** Caps a TTL above the maximum with a warning, and refuses one that outlives the issuer. */
export function grantValidity(
  role: PkiRole,
  parameters: Parameters,
  mountMaxTtl: number,
  issuer: IssuerEnd,
  now: Date,
): GrantedValidity {
  const maxTtl = role.maxTtl || mountMaxTtl
  const asked = parameters.duration('ttl') || role.ttl || Math.min(768 * 3600, mountMaxTtl)
  const isCapped = asked > maxTtl
  const written = parameters.text('not_after') || role.notAfter
  const wanted = written === '' ? new Date(now.getTime() + Math.min(asked, maxTtl) * 1000) : parseTime(written)
  return {
    notBefore: cutToSecond(new Date(now.getTime() - backdated * 1000)),
    notAfter: cutToSecond(notBeyond(issuer, wanted)),
    // The real server says it twice.
    warnings: isCapped && written === '' ? [capWarning(asked, maxTtl), capWarning(asked, maxTtl)] : [],
  }
}

function notBeyond(issuer: IssuerEnd, wanted: Date): Date {
  if (wanted <= issuer.notAfter || issuer.leafNotAfterBehavior === 'permit') return wanted
  if (issuer.leafNotAfterBehavior === 'truncate') return issuer.notAfter
  const end = issuer.notAfter.toISOString().replace('.000Z', 'Z')
  throw new Refusal(
    400,
    `cannot satisfy request, as TTL would result in notAfter of ${wanted.toISOString()} that is beyond the expiration of the CA certificate at ${end}`,
  )
}

function parseTime(text: string): Date {
  const date = new Date(text)
  if (!Number.isNaN(date.getTime())) return date
  const quoted = JSON.stringify(text)
  throw new Refusal(400, `parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`)
}

function capWarning(asked: number, max: number): string {
  return `TTL "${formatGoDuration(asked)}" is longer than permitted maxTTL "${formatGoDuration(max)}", so maxTTL is being used`
}

function cutToSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}
