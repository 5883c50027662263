import { formatHumanDuration } from './go-duration.ts'
import { Refusal, multierror } from './reply.ts'

export interface TtlRequest {
  /** All in seconds; zero is "not given". */
  readonly wanted: number
  readonly ifNotWanted: number
  readonly period: number
  readonly explicitMax: number
  readonly maxTtl: number
  readonly issuedAt: Date
  readonly now: Date
}

export interface GrantedTtl {
  readonly seconds: number
  readonly warnings: readonly string[]
}

/** What Vault grants to a token at creation and at each renewal; times are cut to seconds before they are compared. */
export function grantTtl(request: TtlRequest): GrantedTtl {
  const max = request.explicitMax > 0 ? Math.min(request.explicitMax, request.maxTtl) : request.maxTtl
  const age = wholeSeconds(request.now) - wholeSeconds(request.issuedAt)
  if (request.period === 0) return capped(request.wanted || request.ifNotWanted, max - age, [])
  const period = Math.min(request.period, max)
  const warnings = request.period > max ? [capWarning('period', request.period, max)] : []
  // A period has no end of its own: only an explicit maximum ends it.
  return request.explicitMax > 0 ? capped(period, request.explicitMax - age, warnings) : { seconds: period, warnings }
}

function capped(ttl: number, left: number, warnings: readonly string[]): GrantedTtl {
  if (left <= 0) throw new Refusal(500, multierror('past the max TTL, cannot renew'))
  if (ttl <= left) return { seconds: ttl, warnings }
  return { seconds: left, warnings: [...warnings, capWarning('TTL', ttl, left)] }
}

function capWarning(what: 'TTL' | 'period', asked: number, max: number): string {
  const [from, to] = [formatHumanDuration(asked), formatHumanDuration(max)]
  return `${what} of "${from}" exceeded the effective max_ttl of "${to}"; ${what} value is capped accordingly`
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
