import type { Clock } from '../../../core/clock.ts'
import type { Metrics } from '../../../metrics/metrics.ts'
import type { RenewerEvent } from './renewer-event.ts'

/** Counts what the renewal loop does, and keeps the gauges of the token at what it knows. */
export function measureRenewals(metrics: Metrics, issuer: string, clock: Clock): (event: RenewerEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'started':
      case 'token-replaced':
        metrics.setTokenEnd(issuer, { endsAt: null, endsSoon: false })
        return metrics.setTokenState(issuer, event)
      case 'renewed':
        metrics.countTokenRenewal('success')
        metrics.setLastTokenRenewal(issuer, clock.now())
        return metrics.setTokenState(issuer, { ...event, renewable: true })
      case 'renewal-failed':
        metrics.countTokenRenewal('failure')
        return metrics.setTokenState(issuer, {
          expiresAt: event.expiresAt,
          renewable: true,
          nextRenewalAt: event.nextAttemptAt,
        })
      case 'not-renewable':
        metrics.countTokenRenewal('not_renewable')
        metrics.setTokenEnd(issuer, { endsAt: event.expiresAt, endsSoon: true })
        return metrics.setTokenState(issuer, { expiresAt: event.expiresAt, renewable: false, nextRenewalAt: null })
      case 'end-known':
        return metrics.setTokenEnd(issuer, { endsAt: event.endsAt, endsSoon: false })
      case 'ends-soon':
        return metrics.setTokenEnd(issuer, { endsAt: event.endsAt, endsSoon: true })
      case 'expired':
        return metrics.setTokenState(issuer, {
          expiresAt: earlierOf(event.expiresAt, clock.now()),
          renewable: false,
          nextRenewalAt: null,
        })
      default:
        return undefined
    }
  }
}

/** A token that was revoked is dead before the end that it was promised. */
function earlierOf(end: Date | null, now: Date): Date {
  return end !== null && end < now ? end : now
}
