import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import { AuthError } from '../../../../../src/core/errors.ts'
import { measureRenewals } from '../../../../../src/connectors/vault/renewal/renewal-metrics.ts'
import type { RenewerEvent } from '../../../../../src/connectors/vault/renewal/renewer-event.ts'
import { noMetrics, type Metrics } from '../../../../../src/metrics/metrics.ts'
import { FakeClock } from '../../../../support/fake-clock.ts'

const clock = new FakeClock(new Date('2026-03-01T12:00:00Z'))
const [end, next] = [new Date('2026-03-01T13:00:00Z'), new Date('2026-03-01T12:30:00Z')]
const over = new Date('2026-03-01T11:59:59Z')
const error = new AuthError('denied')

function measured(event: RenewerEvent): readonly (readonly unknown[])[] {
  const calls: unknown[][] = []
  const metrics: Metrics = {
    ...noMetrics,
    countTokenRenewal: (result) => calls.push(['count', result]),
    setTokenState: (issuer, { expiresAt, renewable, nextRenewalAt }) =>
      calls.push(['state', issuer, expiresAt, renewable, nextRenewalAt]),
    setTokenEnd: (issuer, { endsAt, endsSoon }) => calls.push(['end', issuer, endsAt, endsSoon]),
    setLastTokenRenewal: (issuer, at) => calls.push(['last', issuer, at]),
  }
  measureRenewals(metrics, 'prod', clock)(event)
  return calls
}

describe('the metrics of the renewal loop', () => {
  const known = { ttl: Duration.ofHours(1), expiresAt: end, renewable: true, nextRenewalAt: next }

  const unknownEnd = ['end', 'prod', null, false]
  const why = { why: 'mount-or-role-max', isInferred: true } as const

  it.each<[RenewerEvent, readonly (readonly unknown[])[]]>([
    [{ kind: 'started', ...known }, [unknownEnd, ['state', 'prod', end, true, next]]],
    [
      { kind: 'started', ...known, expiresAt: null, renewable: false, nextRenewalAt: null },
      [unknownEnd, ['state', 'prod', null, false, null]],
    ],
    [{ kind: 'token-replaced', ...known }, [unknownEnd, ['state', 'prod', end, true, next]]],
    [
      { kind: 'renewed', lease: Duration.ofHours(1), expiresAt: end, nextRenewalAt: next },
      [
        ['count', 'success'],
        ['last', 'prod', clock.now()],
        ['state', 'prod', end, true, next],
      ],
    ],
    [
      { kind: 'renewal-failed', error, failures: 3, loud: false, expiresAt: end, nextAttemptAt: next },
      [
        ['count', 'failure'],
        ['state', 'prod', end, true, next],
      ],
    ],
    [
      { kind: 'not-renewable', when: 'start', expiresAt: end },
      [
        ['count', 'not_renewable'],
        ['end', 'prod', end, true],
        ['state', 'prod', end, false, null],
      ],
    ],
    [{ kind: 'expired', reason: 'ttl', expiresAt: over, error }, [['state', 'prod', over, false, null]]],
    [{ kind: 'expired', reason: 'revoked', expiresAt: end, error }, [['state', 'prod', clock.now(), false, null]]],
    [{ kind: 'expired', reason: 'revoked', expiresAt: null, error }, [['state', 'prod', clock.now(), false, null]]],
    [{ kind: 'end-known', endsAt: end, ...why }, [['end', 'prod', end, false]]],
    [{ kind: 'end-known', endsAt: null, ...why, why: 'none', isInferred: false }, [unknownEnd]],
    [{ kind: 'ends-soon', endsAt: end, ...why, left: Duration.ofHours(1) }, [['end', 'prod', end, true]]],
    [{ kind: 'stopped' }, []],
    [{ kind: 'nothing-to-renew' }, []],
    [{ kind: 'failed', error }, []],
    [{ kind: 'waiting', error, failures: 1, loud: true, nextAttemptAt: next }, []],
    [{ kind: 'capped', endsAt: end, why: 'explicit-max-ttl' }, []],
  ])('after %j', (event, calls) => {
    expect(measured(event)).toEqual(calls)
  })
})
