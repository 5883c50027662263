import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import { AuthError, UnavailableError } from '../../../../../src/core/errors.ts'
import type { LogFields, LogLevel } from '../../../../../src/core/log.ts'
import { logRenewals } from '../../../../../src/connectors/vault/renewal/renewal-log.ts'
import type { RenewerEvent } from '../../../../../src/connectors/vault/renewal/renewer-event.ts'

const at = new Date('2026-03-01T12:00:00Z')
const time = at.toISOString()
const away = new UnavailableError('it is away', { hint: 'wait' })
const denied = new AuthError('denied', { code: 'denied' })
const cause = { cause: 'it is away', code: 'unavailable', hint: 'wait' }
const known = { ttl: Duration.ofHours(1), expiresAt: at, renewable: true, nextRenewalAt: at }
const failing = { error: away, failures: 2, expiresAt: at, nextAttemptAt: at }

function logged(event: RenewerEvent): [LogLevel, string, LogFields | undefined] {
  let line: [LogLevel, string, LogFields | undefined] | undefined
  const logger = { log: (...written: [LogLevel, string, LogFields?]) => (line = written as typeof line) }
  logRenewals(logger, { issuer: 'prod', address: 'https://vault' })(event)
  return line ?? expect.fail('nothing is logged')
}

// The messages are what operators grep for.
const events: readonly (readonly [RenewerEvent, LogLevel, string, LogFields])[] = [
  [
    { kind: 'started', ...known },
    'info',
    'vault token-renewal loop started',
    { ttlSeconds: 3600, expiresAt: time, renewable: true, nextRenewalAt: time },
  ],
  [
    { kind: 'started', ...known, expiresAt: null, nextRenewalAt: null },
    'info',
    'vault token-renewal loop started',
    { expiresAt: null, nextRenewalAt: null },
  ],
  [{ kind: 'token-replaced', ...known }, 'info', 'vault token replaced', { ttlSeconds: 3600 }],
  [
    { kind: 'renewed', lease: Duration.ofHours(1), expiresAt: at, nextRenewalAt: at },
    'info',
    'vault token renewed',
    { leaseSeconds: 3600, expiresAt: time, nextRenewalAt: time },
  ],
  [
    { kind: 'renewal-failed', loud: true, ...failing },
    'error',
    'vault token renewal failed; rotate the token before TTL expires',
    { ...cause, failures: 2, expiresAt: time, nextAttemptAt: time },
  ],
  [
    { kind: 'renewal-failed', loud: false, ...failing, nextAttemptAt: null },
    'debug',
    'vault token renewal failed; rotate the token before TTL expires',
    { ...cause, nextAttemptAt: null },
  ],
  [
    { kind: 'waiting', error: away, failures: 1, loud: true, nextAttemptAt: at },
    'warn',
    'vault cannot be asked about the token yet',
    { ...cause, failures: 1, nextAttemptAt: time },
  ],
  [
    { kind: 'waiting', error: away, failures: 1, loud: false, nextAttemptAt: at },
    'debug',
    'vault cannot be asked about the token yet',
    cause,
  ],
  [
    { kind: 'not-renewable', when: 'start', expiresAt: at },
    'warn',
    'vault token is not renewable; rotate it before it expires',
    { expiresAt: time },
  ],
  [
    { kind: 'not-renewable', when: 'renewal', expiresAt: at, error: denied },
    'warn',
    'vault token is not renewable; rotate it before it expires',
    { expiresAt: time, cause: 'denied', code: 'denied' },
  ],
  [
    { kind: 'capped', endsAt: at, why: 'explicit-max-ttl' },
    'warn',
    'vault token nears its max TTL; renewal cannot extend it',
    { endsAt: time, limit: 'explicit-max-ttl' },
  ],
  [
    { kind: 'end-known', endsAt: at, why: 'mount-max-ttl', isInferred: false },
    'info',
    'vault token has an end that renewal cannot move',
    { endsAt: time, limit: 'mount-max-ttl', inferred: false },
  ],
  [
    { kind: 'end-known', endsAt: null, why: 'none', isInferred: false },
    'info',
    'vault token has no known end any more',
    { endsAt: null },
  ],
  [
    { kind: 'end-known', endsAt: at, why: 'not-renewable', isInferred: false },
    'debug',
    'vault token has an end that renewal cannot move',
    { endsAt: time },
  ],
  [
    { kind: 'ends-soon', endsAt: at, why: 'mount-or-role-max', isInferred: true, left: Duration.ofSeconds(90.4) },
    'warn',
    'vault token ends soon; replace it',
    { endsAt: time, leftSeconds: 90, limit: 'mount-or-role-max', inferred: true },
  ],
  [
    { kind: 'expired', reason: 'revoked', expiresAt: null, error: denied },
    'error',
    'vault token expired',
    { reason: 'revoked', expiresAt: null, cause: 'denied' },
  ],
  [{ kind: 'stopped' }, 'info', 'vault token-renewal loop stopped', {}],
  [{ kind: 'nothing-to-renew' }, 'info', 'vault token never expires; there is nothing to renew', {}],
  [{ kind: 'failed', error: away }, 'error', 'vault token-renewal loop cannot go on', cause],
]

describe('the log of the renewal loop', () => {
  it.each(events)('has a line for %j', (event, level, message, fields) => {
    const [writtenLevel, writtenMessage, writtenFields] = logged(event)
    expect([writtenLevel, writtenMessage]).toEqual([level, message])
    expect(writtenFields).toMatchObject({ issuer: 'prod', address: 'https://vault', ...fields })
  })

  it('says how short a short lease is', () => {
    const [level, message, fields] = logged({ kind: 'short-lease', lease: Duration.ofSeconds(6) })
    expect([level, fields?.['leaseSeconds']]).toEqual(['warn', 6])
    expect(message).toContain('6s')
  })
})
