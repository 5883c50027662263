import { Duration } from '../../../core/duration.ts'

/** The floor of the regular cadence. */
export const minRenewInterval = Duration.ofSeconds(5)

/** Between the starts of two attempts at one token, whatever happens: one server is asked once a second at most. */
export const minAttemptDistance = Duration.ofSeconds(1)

/** The floor of the cadence must not outlive a token; below this, renewal goes by what remains alone. */
const shortLease = Duration.ofSeconds(10)

/** The last attempt before the end starts this much ahead of it, or later, so that it can still arrive. */
export const lastChance = Duration.ofMilliseconds(500)

const longestRetryDelay = Duration.ofSeconds(300)

/** Before the first look-up nobody knows what is left, so the server's return must not be missed for long. */
const longestWaitDelay = Duration.ofSeconds(60)

/** A token that needs a successor this soon was not worth its login. */
export const shortestUse = Duration.ofSeconds(2)

/** Between the starts of two logins at most, however short the tokens are that they give. */
const longestLoginDistance = Duration.ofSeconds(60)

/** Node fires timers above 24.8 days at once, and no timer runs while the host sleeps: so late its waking is noticed at most. */
const longestNap = Duration.ofSeconds(30)

/** Half of the TTL, never below `minRenewInterval`. */
export function computeInterval(ttl: Duration): Duration {
  return Duration.max(minRenewInterval, ttl.times(0.5))
}

export function isShort(lease: Duration): boolean {
  return lease.isLessThan(shortLease)
}

/** From the moment a grant was asked for to the next renewal. */
export function renewalDelay(lease: Duration): Duration {
  return isShort(lease) ? Duration.max(minAttemptDistance, lease.times(0.5)) : computeInterval(lease)
}

/** From the first look-up to the first renewal: at once when little is left. */
export function firstRenewalDelay(ttl: Duration): Duration {
  return isShort(ttl) ? Duration.zero : computeInterval(ttl)
}

export interface FailedAttempt {
  /** Since the last success, this one included. */
  readonly failures: number
  /** Until the token dies. */
  readonly remaining: Duration
  /** How long ago the failed attempt was started. */
  readonly sinceAttempt: Duration
  /** How long the server asked to be left alone. */
  readonly retryAfter: Duration | undefined
  /** In [0, 1). */
  readonly random: number
}

/**
 * From a failure to the next attempt: exponential with full jitter, five minutes and a quarter of what is left at most,
 * so closer together as the end nears. The server's wish is honoured up to half of what is left. However the
 * numbers fall, an attempt starts within the last second before the end.
 */
export function retryDelay(attempt: FailedAttempt): Duration {
  const { failures, remaining, sinceAttempt, retryAfter, random } = attempt
  const longest = Duration.min(longestRetryDelay, remaining.times(0.25))
  const wish = Duration.min(retryAfter ?? Duration.zero, remaining.times(0.5))
  const delay = Duration.max(jittered(failures, longest, random), wish)
  const leftThen = remaining.minus(delay)
  if (!leftThen.isLessThan(lastChance.plus(minAttemptDistance))) return delay
  return Duration.max(remaining.minus(lastChance), minAttemptDistance.minus(sinceAttempt), Duration.zero)
}

/** From a look-up that was not answered to the next one, while it is unknown what is left. */
export function waitDelay(attempt: Pick<FailedAttempt, 'failures' | 'retryAfter' | 'random'>): Duration {
  const wish = Duration.min(attempt.retryAfter ?? Duration.zero, longestRetryDelay)
  return Duration.max(jittered(attempt.failures, longestWaitDelay, attempt.random), wish)
}

/** From a login to the next; `hurried` counts those in a row whose token was of no use. */
export function loginDistance(hurried: number): Duration {
  return Duration.min(longestLoginDistance, minAttemptDistance.times(2 ** Math.max(0, hurried - 1)))
}

/** One attempt takes at most half of what is left; within the last two seconds, up to the next attempt. */
export function attemptTimeout(remaining: Duration, configured: Duration): Duration {
  return Duration.min(configured, Duration.max(minAttemptDistance, remaining.times(0.5)))
}

/** How long to sleep at a stretch, in whole milliseconds as timers are: a host that was suspended on the way still wakes before the lease ends. */
export function nap(untilDue: Duration, leaseLeft: Duration | undefined): Duration {
  const safe = leaseLeft ? Duration.max(minAttemptDistance, leaseLeft.times(0.25)) : longestNap
  return Duration.ofMilliseconds(Math.ceil(Duration.min(untilDue, longestNap, safe).milliseconds))
}

/** Full jitter: anywhere between the floor and two seconds doubled with each failure. */
function jittered(failures: number, longest: Duration, random: number): Duration {
  const ceiling = Duration.min(longest, Duration.ofSeconds(2 ** failures))
  const room = Duration.max(Duration.zero, ceiling.minus(minAttemptDistance))
  return minAttemptDistance.plus(room.times(random))
}
