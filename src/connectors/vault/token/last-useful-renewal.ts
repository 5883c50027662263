import { Duration } from '../../../core/duration.ts'
import { renewalDelay } from './renewal-schedule.ts'
import { type EndOfLife, fullGrant, isSameEnd, nextRenewalAt, type TokenLife } from './token-life.ts'

/**
 * The last renewal of the regular cadence that gives more time than there was: the first whose full grant would reach the
 * end, or the one that leaves a last use. Null when none will, or the end is not known.
 */
export function lastUsefulRenewalAt(life: TokenLife, end: EndOfLife, asked: Duration | undefined): Date | null {
  const { facts } = life
  const next = nextRenewalAt(life)
  if (next === null || facts.expiresAt === null) return null
  const lease = fullGrant(facts, asked)
  const interval = renewalDelay(lease)
  if (end.why === 'uses-left') return renewalsWithin(facts.usesLeft, next, interval)
  if (end.at === null || isSameEnd(facts.expiresAt, end.at) || end.at < facts.expiresAt) return null
  const missing = Duration.between(next, lease.before(end.at))
  const more = Math.max(0, Math.ceil(missing.milliseconds / interval.milliseconds))
  return interval.times(more).after(next)
}

/** The renewal that spends the last use is refused, and the token is dead. */
function renewalsWithin(usesLeft: number | null, next: Date, interval: Duration): Date | null {
  return usesLeft === null || usesLeft < 2 ? null : interval.times(usesLeft - 2).after(next)
}
