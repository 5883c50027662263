import { errorMessage } from '../../../core/errors.ts'
import type { LogFields, Logger } from '../../../core/log.ts'
import type { LoginEvent } from './login-event.ts'

/** Tells a log of logins, sinks and what became of superseded tokens. */
export function logLogins(logger: Logger, facts: LogFields): (event: LoginEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'logged-in':
        return logger.log('info', 'vault login gave a new token', {
          ...facts,
          method: event.method,
          accessor: event.accessor,
          ttlSeconds: event.ttl.seconds,
          expiresAt: event.expiresAt?.toISOString() ?? null,
        })
      case 'sink-written':
        return logger.log('info', 'vault token written', { ...facts, path: event.path })
      case 'sink-failed':
        return logger.log('error', 'vault token cannot be written; its readers keep the old one', {
          ...facts,
          path: event.path,
          cause: errorMessage(event.error),
        })
      case 'superseded-revoked':
        return logger.log('info', 'superseded vault token revoked', facts)
      case 'superseded-not-revoked':
        return logger.log('warn', 'superseded vault token is left to its TTL', {
          ...facts,
          cause: errorMessage(event.error),
        })
    }
  }
}
