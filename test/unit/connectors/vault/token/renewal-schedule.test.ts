import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import {
  attemptTimeout,
  computeInterval,
  firstRenewalDelay,
  isShort,
  minRenewInterval,
  nap,
  renewalDelay,
  retryDelay,
  waitDelay,
} from '../../../../../src/connectors/vault/token/renewal-schedule.ts'
import { randomFrom } from '../renewal/seeded-random.ts'

const s = (seconds: number): Duration => Duration.ofSeconds(seconds)

describe('computeInterval', () => {
  it.each([
    [3600, 1800],
    [86_400, 43_200],
    [2, 5],
    [0, 5],
    [10, 5],
    [10.002, 5.001],
  ])('of %d s is %d s', (ttl, interval) => {
    expect(computeInterval(s(ttl))).toEqual(s(interval))
  })

  it('never falls below five seconds', () => {
    expect(minRenewInterval).toEqual(s(5))
  })
})

describe('the delay after a grant', () => {
  it.each([
    [3600, 1800],
    [10, 5],
    [9, 4.5],
    [4, 2],
    [2, 1],
    [1, 1],
    [0, 1],
  ])('of %d s is %d s: the floor of five never outlives a short lease', (lease, delay) => {
    expect(renewalDelay(s(lease))).toEqual(s(delay))
  })

  it('is none at the start when less than ten seconds are left', () => {
    expect(firstRenewalDelay(s(9))).toEqual(s(0))
    expect(firstRenewalDelay(s(10))).toEqual(s(5))
    expect(firstRenewalDelay(s(3600))).toEqual(s(1800))
  })

  it('calls a lease short below ten seconds', () => {
    expect(isShort(s(9.999))).toBe(true)
    expect(isShort(s(10))).toBe(false)
  })
})

describe('the delay after a failure', () => {
  const failed = { failures: 1, remaining: s(3600), sinceAttempt: s(0), retryAfter: undefined, random: 0 }

  it('lies anywhere between a second and a ceiling that doubles with each failure', () => {
    expect(retryDelay(failed)).toEqual(s(1))
    expect(retryDelay({ ...failed, random: 0.5 })).toEqual(s(1.5))
    expect(retryDelay({ ...failed, failures: 2, random: 0.5 })).toEqual(s(2.5))
    expect(retryDelay({ ...failed, failures: 5, random: 0.5 })).toEqual(s(16.5))
    expect(retryDelay({ ...failed, failures: 5, random: 0 })).toEqual(s(1))
  })

  it('never exceeds five minutes, nor a quarter of what is left', () => {
    const last = { ...failed, failures: 60, random: 1 - 1e-12 }
    expect(retryDelay({ ...last, remaining: Duration.ofDays(30) }).seconds).toBeCloseTo(300)
    expect(retryDelay({ ...last, remaining: s(600) }).seconds).toBeCloseTo(150)
    expect(retryDelay({ ...last, remaining: s(8) }).seconds).toBeCloseTo(2)
  })

  it('honours the wish of the server up to half of what is left', () => {
    expect(retryDelay({ ...failed, retryAfter: s(90) })).toEqual(s(90))
    expect(retryDelay({ ...failed, retryAfter: s(3000) })).toEqual(s(1800))
    expect(retryDelay({ ...failed, retryAfter: s(0) })).toEqual(s(1))
  })

  it('aims at the last half second once no two attempts fit any more', () => {
    expect(retryDelay({ ...failed, remaining: s(2.4) })).toEqual(s(1.9))
    expect(retryDelay({ ...failed, remaining: s(2.5) })).toEqual(s(1))
    expect(retryDelay({ ...failed, remaining: s(0.9), sinceAttempt: s(1.1) })).toEqual(s(0.4))
  })

  it('keeps a second from the attempt before, also past the end', () => {
    expect(retryDelay({ ...failed, remaining: s(0.4), sinceAttempt: s(0.1) })).toEqual(s(0.9))
    expect(retryDelay({ ...failed, remaining: s(-3), sinceAttempt: s(2) })).toEqual(s(0))
  })

  it('leads through any outage so that attempts stay a second apart and one starts within the last second', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const random = randomFrom(seed)
      const lease = 1 + random() ** 3 * 40_000
      const starts = simulateOutage({
        lease,
        first: lease / 2,
        random,
        isHung: seed % 2 === 0,
        retryAfter: seed % 5 === 0,
      })
      const gaps = starts.slice(1).map((start, index) => start - starts[index]!)
      expect(Math.min(...gaps, 1), `seed ${seed}`).toBeGreaterThan(1 - 1e-9)
      const last = lease - starts.at(-1)!
      expect(last, `seed ${seed}, lease ${lease}`).toBeGreaterThan(0)
      expect(last, `seed ${seed}, lease ${lease}`).toBeLessThanOrEqual(lease < 3 ? 1.5 : 1)
    }
  })

  it('asks ever more often as the end nears, and never waits for more than half of what is left', () => {
    const random = randomFrom(7)
    for (let trial = 0; trial < 5000; trial += 1) {
      const remaining = s(2.5 + random() * 100_000)
      const failures = 1 + Math.floor(random() * 40)
      const retryAfter = random() < 0.3 ? s(random() * 10_000) : undefined
      const delay = retryDelay({ failures, remaining, sinceAttempt: s(0), retryAfter, random: random() }).seconds
      expect(delay).toBeGreaterThanOrEqual(1)
      if (remaining.seconds >= 3) expect(delay).toBeLessThanOrEqual(remaining.seconds / 2 + 1)
      if (retryAfter === undefined && remaining.seconds > 10) expect(delay).toBeLessThanOrEqual(remaining.seconds / 4)
    }
  })
})

interface Outage {
  readonly lease: number
  readonly first: number
  readonly random: () => number
  readonly isHung: boolean
  readonly retryAfter: boolean
}

/** When attempts start, in seconds since the grant, while none succeeds. */
function simulateOutage({ lease, first, random, isHung, retryAfter }: Outage): number[] {
  const starts: number[] = []
  let at = first
  while (at < lease) {
    starts.push(at)
    const takes = isHung ? attemptTimeout(s(lease - at), s(30)).seconds : 0.01
    const failedAt = at + takes
    const delay = retryDelay({
      failures: starts.length,
      remaining: s(lease - failedAt),
      sinceAttempt: s(takes),
      retryAfter: retryAfter ? s(random() * 600) : undefined,
      random: random(),
    })
    at = failedAt + delay.seconds
  }
  return starts
}

describe('the delay while the server is away at the start', () => {
  it('grows with the failures, up to a minute', () => {
    expect(waitDelay({ failures: 1, retryAfter: undefined, random: 0.5 })).toEqual(s(1.5))
    expect(waitDelay({ failures: 50, retryAfter: undefined, random: 1 - 1e-12 }).seconds).toBeCloseTo(60)
    expect(waitDelay({ failures: 50, retryAfter: undefined, random: 0 })).toEqual(s(1))
  })

  it('honours the wish of the server up to five minutes', () => {
    expect(waitDelay({ failures: 1, retryAfter: s(120), random: 0 })).toEqual(s(120))
    expect(waitDelay({ failures: 1, retryAfter: s(9999), random: 0 })).toEqual(s(300))
  })
})

describe('the time for one attempt', () => {
  it('is half of what is left at most', () => {
    expect(attemptTimeout(s(3600), s(30))).toEqual(s(30))
    expect(attemptTimeout(s(20), s(30))).toEqual(s(10))
    expect(attemptTimeout(s(3), s(30))).toEqual(s(1.5))
  })

  it('is never less than the distance to the next one, unless configured so', () => {
    expect(attemptTimeout(s(0.3), s(30))).toEqual(s(1))
    expect(attemptTimeout(s(-5), s(30))).toEqual(s(1))
    expect(attemptTimeout(s(100), s(0.2))).toEqual(s(0.2))
  })
})

describe('a nap', () => {
  it('lasts half a minute at most, however far away the next renewal is', () => {
    expect(nap(Duration.ofDays(300), Duration.ofDays(600))).toEqual(s(30))
    expect(nap(Duration.ofDays(300), undefined)).toEqual(s(30))
  })

  it('takes a quarter of the lease at most, so that a host that was suspended wakes in time', () => {
    expect(nap(s(60), s(100))).toEqual(s(25))
    expect(nap(s(60), s(120))).toEqual(s(30))
    expect(nap(s(4), s(8))).toEqual(s(2))
    expect(nap(s(1.5), s(3))).toEqual(s(1))
    expect(nap(s(0.5), s(8))).toEqual(s(0.5))
  })
})
