import { type CertctlError, errorMessage } from '../../../core/errors.ts'
import { formatDuration } from '../../../core/duration.ts'
import type { LogFields, Logger, LogLevel } from '../../../core/log.ts'
import type { RenewerEvent } from './renewer-event.ts'

/** Tells a log what the renewal loop does; messages and keys are a contract with those who grep. */
export function logRenewals(logger: Logger, facts: LogFields): (event: RenewerEvent) => void {
  return (event) => {
    const [level, message, fields] = line(event)
    logger.log(level, message, { ...facts, ...fields })
  }
}

type Line = readonly [LogLevel, string, LogFields]

function line(event: RenewerEvent): Line {
  switch (event.kind) {
    case 'started':
    case 'token-replaced': {
      const { ttl, expiresAt, renewable, nextRenewalAt } = event
      const message = event.kind === 'started' ? 'vault token-renewal loop started' : 'vault token replaced'
      return [
        'info',
        message,
        { ttlSeconds: ttl.seconds, expiresAt: time(expiresAt), renewable, nextRenewalAt: time(nextRenewalAt) },
      ]
    }
    case 'waiting':
      return [
        event.loud ? 'warn' : 'debug',
        'vault cannot be asked about the token yet',
        { ...cause(event.error), failures: event.failures, nextAttemptAt: time(event.nextAttemptAt) },
      ]
    case 'renewed':
      return [
        'info',
        'vault token renewed',
        {
          leaseSeconds: event.lease.seconds,
          expiresAt: time(event.expiresAt),
          nextRenewalAt: time(event.nextRenewalAt),
        },
      ]
    case 'renewal-failed':
      return [
        event.loud ? 'error' : 'debug',
        'vault token renewal failed; rotate the token before TTL expires',
        {
          ...cause(event.error),
          failures: event.failures,
          expiresAt: time(event.expiresAt),
          nextAttemptAt: time(event.nextAttemptAt),
        },
      ]
    case 'not-renewable':
      return [
        'warn',
        'vault token is not renewable; rotate it before it expires',
        { expiresAt: time(event.expiresAt), ...(event.error ? cause(event.error) : {}) },
      ]
    case 'capped':
      return [
        'warn',
        'vault token nears its max TTL; renewal cannot extend it',
        { endsAt: time(event.endsAt), limit: event.why },
      ]
    case 'end-known':
      return [
        // The line before it says as much of a token that is not renewable.
        event.why === 'not-renewable' ? 'debug' : 'info',
        event.endsAt ? 'vault token has an end that renewal cannot move' : 'vault token has no known end any more',
        { endsAt: time(event.endsAt), limit: event.why, inferred: event.isInferred },
      ]
    case 'ends-soon':
      return [
        'warn',
        'vault token ends soon; replace it',
        {
          endsAt: time(event.endsAt),
          leftSeconds: Math.max(0, Math.round(event.left.seconds)),
          limit: event.why,
          inferred: event.isInferred,
        },
      ]
    case 'short-lease':
      return [
        'warn',
        `vault token has a lease of ${formatDuration(event.lease)} only; it is renewed at half of what remains`,
        { leaseSeconds: event.lease.seconds },
      ]
    case 'nothing-to-renew':
      return ['info', 'vault token never expires; there is nothing to renew', {}]
    case 'expired':
      return [
        'error',
        'vault token expired',
        { reason: event.reason, expiresAt: time(event.expiresAt), ...cause(event.error) },
      ]
    case 'failed':
      return ['error', 'vault token-renewal loop cannot go on', cause(event.error)]
    case 'login-failed':
      return [
        event.loud ? 'error' : 'debug',
        'vault login failed; the token cannot be replaced yet',
        { ...cause(event.error), failures: event.failures, nextAttemptAt: time(event.nextAttemptAt) },
      ]
    case 'stopped':
      return ['info', 'vault token-renewal loop stopped', {}]
  }
}

function cause(error: CertctlError): LogFields {
  return { cause: errorMessage(error), code: error.code, hint: error.hint }
}

function time(date: Date | null): string | null {
  return date === null ? null : date.toISOString()
}
