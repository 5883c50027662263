import { describe, expect, it } from 'vitest'
import { TokenWatch } from '../../../../src/cli/keep-alive/token-watch.ts'
import type { RenewerEvent } from '../../../../src/connectors/vault/renewal/renewer-event.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { AuthError, FileError } from '../../../../src/core/errors.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

const end = new Date('2026-03-01T13:00:00Z')
const error = new AuthError('denied')
const hour = Duration.ofHours(1)
const mountMax = { why: 'mount-max-ttl', isInferred: false } as const
const started: RenewerEvent = {
  kind: 'started',
  ttl: Duration.ofHours(1),
  expiresAt: end,
  renewable: true,
  nextRenewalAt: end,
}
const failing: RenewerEvent = {
  kind: 'renewal-failed',
  error,
  failures: 2,
  loud: true,
  expiresAt: end,
  nextAttemptAt: end,
}

function watchOf(...tokens: readonly (readonly RenewerEvent[])[]) {
  const clock = new FakeClock(new Date('2026-03-01T12:00:00Z'))
  const watch = new TokenWatch(clock)
  for (const [index, events] of tokens.entries()) {
    const { observe } = watch.watch(`issuer ${index}`, Duration.ofSeconds(30))
    for (const event of events) observe(event)
  }
  return { watch, clock }
}

describe('readiness', () => {
  it.each<[string, readonly RenewerEvent[], boolean]>([
    ['before the look-up', [], false],
    [
      'while the server is waited for',
      [{ kind: 'waiting', error, failures: 1, loud: true, nextAttemptAt: end }],
      false,
    ],
    ['once started', [started], true],
    ['with a token that never expires', [{ ...started, expiresAt: null, renewable: false, nextRenewalAt: null }], true],
    ['with nothing to renew', [started, { kind: 'nothing-to-renew' }], true],
    ['with a token that is not renewable', [{ ...started, renewable: false, nextRenewalAt: null }], false],
    ['with one that is not renewable, and that a login will replace', [{ ...started, renewable: false }], true],
    ['once it is not renewable any more', [started, { kind: 'not-renewable', when: 'renewal', expiresAt: end }], false],
    ['while renewal fails', [started, failing], true],
    ['after the last attempt that there is time for', [started, { ...failing, nextAttemptAt: null }], false],
    [
      'once renewed after failures',
      [
        started,
        { ...failing, nextAttemptAt: null },
        { kind: 'renewed', lease: Duration.ofHours(1), expiresAt: end, nextRenewalAt: end },
      ],
      true,
    ],
    ['when capped, while it lives', [started, { kind: 'capped', endsAt: end, why: 'explicit-max-ttl' }], true],
    ['once its end is known', [started, { kind: 'end-known', endsAt: end, ...mountMax }], true],
    ['once it was warned of its end', [started, { kind: 'ends-soon', endsAt: end, ...mountMax, left: hour }], false],
    [
      'still after a renewal, which moves that end no more',
      [
        started,
        { kind: 'ends-soon', endsAt: end, ...mountMax, left: hour },
        { kind: 'renewed', lease: hour, expiresAt: end, nextRenewalAt: end },
      ],
      false,
    ],
    [
      'once the end has gone away',
      [
        started,
        { kind: 'ends-soon', endsAt: end, ...mountMax, left: hour },
        { kind: 'end-known', endsAt: null, ...mountMax },
      ],
      true,
    ],
    [
      'once a new token took over from one that was warned of',
      [started, { kind: 'ends-soon', endsAt: end, ...mountMax, left: hour }, { ...started, kind: 'token-replaced' }],
      true,
    ],
    ['once expired', [started, { kind: 'expired', reason: 'ttl', expiresAt: end, error }], false],
    ['once the loop broke', [started, { kind: 'failed', error }], false],
    [
      'after a new token took over',
      [
        { ...started, renewable: false, nextRenewalAt: null },
        { ...started, kind: 'token-replaced' },
      ],
      true,
    ],
  ])('%s', (_, events, ok) => {
    const { watch } = watchOf(events)
    expect(watch.readiness.ok).toBe(ok)
    expect(watch.readiness).toMatchObject({ tokens: 1, notReady: ok ? 0 : 1 })
  })

  describe('of a token that sinks hand on', () => {
    const failed = (path: string) => {
      const cause = new FileError(`${path} cannot be written: no space left`, { code: 'no-space' })
      return { kind: 'sink-failed', path, error: cause } as const
    }
    const handedOn = () => {
      const { watch } = watchOf()
      return { watch, ...watch.watch('prod', Duration.ofSeconds(30)) }
    }

    it('is not given while one of them does not have it, and has the cause', () => {
      const { watch, observe, observeLogin } = handedOn()
      observeLogin(failed('/run/one'))
      observe(started)
      expect(watch.readiness).toMatchObject({
        ok: false,
        notReady: 1,
        issuers: [
          {
            reason: 'sink-not-written',
            state: 'alive',
            lastError: { code: 'no-space', message: '/run/one cannot be written: no space left' },
          },
        ],
      })
    })

    it('is given once the last of them has it, whatever the loop did meanwhile', () => {
      const { watch, observe, observeLogin } = handedOn()
      observe(started)
      observeLogin(failed('/run/one'))
      observeLogin(failed('/run/two'))
      observe({ ...started, kind: 'token-replaced' })
      observe({ kind: 'renewed', lease: hour, expiresAt: end, nextRenewalAt: end })
      observeLogin({ kind: 'sink-written', path: '/run/one' })
      expect(watch.readiness.issuers).toMatchObject([{ lastError: { message: failed('/run/two').error.message } }])
      observeLogin({ kind: 'sink-written', path: '/run/two' })
      expect(watch.readiness).toMatchObject({ ok: true, issuers: [{ reason: null, lastError: null }] })
    })

    it('says first that the token is dead', () => {
      const { watch, observe, observeLogin } = handedOn()
      observeLogin(failed('/run/one'))
      observe({ kind: 'expired', reason: 'ttl', expiresAt: end, error })
      expect(watch.readiness.issuers).toMatchObject([{ reason: 'expired', lastError: { message: 'denied' } }])
    })
  })

  it('ends when the token does, though nobody says so', async () => {
    const { watch, clock } = watchOf([started])
    await clock.advance(Duration.ofSeconds(3599))
    expect(watch.readiness.ok).toBe(true)
    await clock.advance(Duration.ofSeconds(1))
    expect(watch.readiness.ok).toBe(false)
  })

  it('takes all tokens, and tells how many are not ready and fail', () => {
    const { watch } = watchOf([started], [{ ...started, renewable: false, nextRenewalAt: null }], [started, failing])
    expect(watch.readiness).toMatchObject({
      ok: false,
      tokens: 3,
      notReady: 1,
      failing: 1,
      nextExpiryAt: '2026-03-01T13:00:00Z',
    })
  })

  it('is not given without any token', () => {
    expect(watchOf().watch.readiness).toMatchObject({ ok: false, tokens: 0, nextExpiryAt: null })
  })
})

describe('health', () => {
  it('counts the loops that go on', () => {
    const { watch } = watchOf([], [started], [started, { kind: 'failed', error }])
    expect(watch.health).toEqual({ ok: true, loops: 2, stuck: [] })
  })
})

describe('the loop, by the clock that it goes by', () => {
  const timeout = Duration.ofSeconds(30)

  it('is healthy while it sleeps and comes back, however long its sleep', async () => {
    const { watch, clock } = watchOf()
    const loop = watch.watch('prod', timeout)
    const nap = loop.clock.sleep(Duration.ofHours(1))
    await clock.advance(Duration.ofHours(1))
    await nap
    expect(watch.health).toEqual({ ok: true, loops: 1, stuck: [] })
  })

  it('is stuck when nothing is heard of it for longer than a turn', async () => {
    const { watch, clock } = watchOf()
    const loop = watch.watch('prod', timeout)
    await clock.advance(Duration.ofHours(1))
    loop.clock.monotonic()
    await clock.advance(Duration.ofSeconds(180))
    expect(watch.health.ok).toBe(true)
    await clock.advance(Duration.ofSeconds(1))
    expect(watch.health).toEqual({ ok: false, loops: 1, stuck: ['prod'] })
    loop.clock.now()
    expect(watch.health.ok).toBe(true)
  })

  it('is stuck when it does not come back from its sleep', async () => {
    const asleep = new FakeClock()
    const clock = {
      now: () => asleep.now(),
      monotonic: () => asleep.monotonic(),
      sleep: () => new Promise<void>(() => undefined),
    }
    const watch = new TokenWatch(clock)
    void watch.watch('prod', timeout).clock.sleep(Duration.ofSeconds(60))
    await asleep.advance(Duration.ofSeconds(60 + 180))
    expect(watch.health.ok).toBe(true)
    await asleep.advance(Duration.ofSeconds(1))
    expect(watch.health.ok).toBe(false)
  })

  it('is not called stuck because the host slept or a clock was set', () => {
    const { watch, clock } = watchOf()
    const loop = watch.watch('prod', timeout)
    void loop.clock.sleep(Duration.ofSeconds(60))
    clock.jumpWall(Duration.ofDays(3))
    expect(watch.health.ok).toBe(true)
  })

  it('may end: then nothing more is expected of it, until it starts again', async () => {
    const { watch, clock } = watchOf()
    const loop = watch.watch('prod', timeout)
    loop.clock.monotonic()
    loop.observe({ kind: 'expired', reason: 'ttl', expiresAt: end, error })
    await clock.advance(Duration.ofHours(2))
    expect(watch.health).toEqual({ ok: true, loops: 0, stuck: [] })
    loop.observe({ ...started, kind: 'token-replaced' })
    expect(watch.health).toEqual({ ok: false, loops: 1, stuck: ['prod'] })
  })
})

describe('what is told of each issuer', () => {
  it('is what the loop said last, and why it is not ready', () => {
    const refused = new AuthError('denied', { code: 'permission-denied' })
    const { watch } = watchOf([started, { ...failing, error: refused, nextAttemptAt: null }])
    expect(watch.readiness.issuers).toEqual([
      {
        issuer: 'issuer 0',
        ready: false,
        reason: 'no-attempt-left',
        state: 'alive',
        expiresAt: '2026-03-01T13:00:00Z',
        nextRenewalAt: null,
        endsAt: null,
        failures: 2,
        lastError: { code: 'permission-denied', message: 'denied' },
      },
    ])
  })

  it('has the end that renewal cannot move, also after renewals, until another token comes', () => {
    const endsAt = new Date('2026-03-01T14:00:00Z')
    const capped: RenewerEvent = { kind: 'capped', endsAt, why: 'explicit-max-ttl' }
    const renewed: RenewerEvent = { kind: 'renewed', lease: Duration.ofHours(1), expiresAt: end, nextRenewalAt: end }
    const { watch } = watchOf([started, capped, renewed], [started, capped, { ...started, kind: 'token-replaced' }])
    expect(watch.readiness.issuers.map((one) => one.endsAt)).toEqual(['2026-03-01T14:00:00Z', null])
  })

  it('is bounded, those that are not ready first', () => {
    const long = new AuthError('x'.repeat(10_000))
    const many = Array.from({ length: 120 }, () => [started])
    const { watch } = watchOf(...many, [started, { kind: 'failed', error: long }])
    const { issuers, tokens } = watch.readiness
    expect([tokens, issuers.length]).toEqual([121, 100])
    expect(issuers[0]?.lastError?.message).toHaveLength(303)
  })
})

describe('the next', () => {
  it('is the earliest renewal and the earliest end', () => {
    const later = new Date('2026-03-01T15:00:00Z')
    const { watch } = watchOf([{ ...started, nextRenewalAt: later }], [{ ...started, expiresAt: later }])
    expect(watch.next).toEqual({ issuer: 'issuer 1', renewalAt: end, expiresAt: end })
  })
})

describe('the last end', () => {
  it('is that of the token that lives longest without renewal', () => {
    const later = new Date('2026-03-01T15:00:00Z')
    const { watch } = watchOf(
      [{ ...started, renewable: false, nextRenewalAt: null }],
      [started, { kind: 'not-renewable', when: 'renewal', expiresAt: later }],
      [{ ...started, expiresAt: new Date('2027-01-01T00:00:00Z') }],
    )
    expect(watch.lastEnd).toEqual(later)
  })

  it('is none when no token is left to wait for', () => {
    expect(watchOf([started, { kind: 'expired', reason: 'ttl', expiresAt: end, error }]).watch.lastEnd).toBeNull()
    expect(watchOf([{ ...started, expiresAt: null, renewable: false, nextRenewalAt: null }]).watch.lastEnd).toBeNull()
  })
})
