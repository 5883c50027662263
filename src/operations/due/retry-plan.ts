import { Duration } from '../../core/duration.ts'
import { CertctlError, ConfigError, UsageError, errorMessage } from '../../core/errors.ts'
import { formatTime } from '../../core/time.ts'
import type { ToldError } from '../../files/deployment-entry.ts'
import type { FailedAttempts } from '../../files/schedule-entry.ts'

const firstWait = Duration.ofSeconds(300)
const longestWait = Duration.ofDays(1)
const shortestCap = Duration.ofSeconds(60)
const capWhenExpired = Duration.ofSeconds(300)

/**
 * How long after a failure the next try waits: not at all after the first, then five minutes, and four times as long each
 * time, up to a day and never more than a twentieth of what is left of the certificate.
 */
export function retryDelay(failures: number, left: Duration): Duration {
  if (failures <= 1) return Duration.zero
  const cap = left.isPositive ? Duration.max(left.times(1 / 20), shortestCap) : capWhenExpired
  return Duration.min(firstWait.times(4 ** Math.min(failures - 2, 10)), cap, longestWait)
}

/** What is remembered of one more failure; undefined for one that says nothing about the next try. */
export function afterFailure(
  before: FailedAttempts | undefined,
  error: unknown,
  { now, notAfter }: { readonly now: Date; readonly notAfter: Date },
): FailedAttempts | undefined {
  if (!(error instanceof CertctlError) || error instanceof UsageError || error.code === 'locked') return undefined
  const failures = (before?.failures ?? 0) + 1
  // A setting is mended by hand, and nobody is asked before it is.
  const delay = error instanceof ConfigError ? Duration.zero : retryDelay(failures, Duration.between(now, notAfter))
  return {
    ...before,
    failures,
    lastAt: formatTime(now),
    nextAt: formatTime(delay.after(now)),
    error: toldError(error),
  }
}

export function toldError(error: unknown): ToldError {
  return { code: error instanceof CertctlError ? error.code : 'bug', message: errorMessage(error) }
}

/** When it is tried again; undefined when that may be now. A clock that was set back makes nobody wait. */
export function waitsUntil(attempts: FailedAttempts | undefined, now: Date): Date | undefined {
  if (attempts === undefined) return undefined
  const next = new Date(attempts.nextAt)
  return new Date(attempts.lastAt) <= now && now < next ? next : undefined
}
