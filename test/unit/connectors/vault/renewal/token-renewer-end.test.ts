import { describe, expect, it } from 'vitest'
import { ProtocolError, UnavailableError } from '../../../../../src/core/errors.ts'
import { TokenNotRenewableError } from '../../../../../src/connectors/vault/token/token-api.ts'
import { hours, minutes, RenewerScene, s } from './renewer-scene.ts'

describe('near the max TTL', () => {
  it('is recognised from a grant that came back shorter than asked for, and told once, with the end', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, maxTtl: 7200 })
    await scene.passUntilEnd(hours(3))
    const capped = scene.all('capped')
    expect(capped).toHaveLength(1)
    expect(capped[0]).toMatchObject({ why: 'mount-or-role-max', at: 5400 })
    expect(scene.secondsAt(capped[0]!.endsAt)).toBe(7200)
  })

  it('is told at the start when the look-up names an explicit max TTL that is near', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, age: 2000, explicitMax: 5400 })
    await scene.pass(hours(0.8))
    expect(scene.all('capped')).toMatchObject([{ why: 'explicit-max-ttl', at: 0 }])
    expect(scene.secondsAt(scene.all('capped')[0]!.endsAt)).toBe(3400)
    expect(scene.kinds.slice(0, 4)).toEqual(['started', 'end-known', 'capped', 'renewed'])
  })

  it.each([
    ['the mount', { ttl: 60, maxTtl: 200 }],
    ['the token itself', { ttl: 60, explicitMax: 200 }],
    ['a token that can not be renewed to more than once', { ttl: 60, maxTtl: 60 }],
    ['a fraction of a second', { ttl: 6, maxTtl: 20.7 }],
  ])('ends with it, without a failure, when the limit is that of %s', async (_, made) => {
    const scene = await RenewerScene.started(made)
    const end = 'maxTtl' in made ? made.maxTtl : made.explicitMax
    await scene.passUntilEnd(s(end + 10))
    expect(scene.count('renewal-failed')).toBe(0)
    expect(scene.count('capped')).toBe(1)
    if (made.ttl > 10) expect(scene.count('short-lease')).toBe(0)
    expect(scene.all('expired')).toMatchObject([{ reason: 'max-ttl' }])
    expect(Math.abs(scene.all('expired')[0]!.at - end)).toBeLessThanOrEqual(1.1)
    expect(scene.end).toMatchObject({ reason: 'expired', error: { exitCode: 4, facts: { reason: 'max-ttl' } } })
  })

  it('keeps a second between any two calls, down to the end', async () => {
    const scene = await RenewerScene.started({ ttl: 60, maxTtl: 200 })
    await scene.passUntilEnd(s(210))
    const gaps = scene.renewedAt.slice(1).map((at, index) => at - scene.renewedAt[index]!)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1)
    expect(scene.token.renewals.length).toBeLessThan(30)
  })

  it('takes the refusal in the last moments for the end', async () => {
    const scene = await RenewerScene.started({ ttl: 6, maxTtl: 20 })
    await scene.pass(s(18.2))
    scene.token.maxTtl = 1
    scene.renewer.renewNow()
    await scene.passUntilEnd(s(5))
    expect(scene.kinds.slice(-2)).toEqual(['renewal-failed', 'expired'])
    expect(scene.all('renewal-failed')[0]).toMatchObject({ loud: true, nextAttemptAt: null })
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'max-ttl' })
    expect(scene.all('expired')[0]!.at).toBeGreaterThan(18.9)
  })

  it('is no new refusal when the server shows the token for a moment longer, as not renewable', async () => {
    const scene = await RenewerScene.started({ ttl: 60, maxTtl: 100, removalDelay: 2 })
    await scene.passUntilEnd(s(110))
    expect(scene.count('not-renewable')).toBe(0)
    expect(scene.all('expired')).toMatchObject([{ reason: 'max-ttl' }])
  })

  it('is the end by the clock alone when the server can not be asked there', async () => {
    const scene = await RenewerScene.started({ ttl: 60, maxTtl: 60 })
    scene.token.fault = (path, { at }) => (path === 'lookup' && at > 0 ? 'refused' : undefined)
    await scene.passUntilEnd(s(70))
    expect(scene.all('expired')).toMatchObject([{ reason: 'max-ttl' }])
    expect(scene.all('expired')[0]!.at).toBeGreaterThan(58.9)
  })

  it('is forgotten when the server was just giving short leases', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.longestGrant = 600
    await scene.pass(hours(3))
    expect(scene.count('capped')).toBe(1)
    expect(scene.end).toBeUndefined()
  })

  it('lets the token live on when the maximum is raised in time', async () => {
    const scene = await RenewerScene.started({ ttl: 60, maxTtl: 120 })
    await scene.pass(s(110))
    scene.token.maxTtl = 100_000
    await scene.pass(minutes(10))
    expect(scene.end).toBeUndefined()
    expect(scene.token.isAlive).toBe(true)
  })
})

describe('a refusal past the max TTL, in the last moments of the lease', () => {
  const refusal = new TokenNotRenewableError('past the max TTL, cannot renew', true)

  it('does not make the token dead before it is for certain', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) => (path === 'lookup' ? undefined : at < 58.6 ? 'refused' : refusal)
    await scene.passUntilEnd(s(70))
    expect(scene.all('renewal-failed').at(-1)).toMatchObject({ error: refusal, nextAttemptAt: null })
    expect(scene.all('expired')).toMatchObject([{ reason: 'max-ttl' }])
    expect(scene.all('expired')[0]!.at).toBeGreaterThanOrEqual(60)
  })

  it('is followed by a look-up when a renewal may have worked whose answer was lost', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) =>
      path === 'lookup' ? undefined : at < 31 ? 'lost' : at < 58.6 ? 'refused' : refusal
    await scene.passUntilEnd(s(120))
    expect(scene.count('expired')).toBe(0)
    expect(scene.all('not-renewable')).toMatchObject([{ when: 'renewal', error: refusal }])
    expect(scene.secondsAt(scene.all('not-renewable')[0]!.expiresAt)).toBeCloseTo(90, -1)
    expect(scene.token.isAlive).toBe(true)
  })

  it('waits for the end of what was lost where the look-up is not answered', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) => {
      if (at === 0) return undefined
      if (path === 'renewal' && at > 58.6 && at < 60) return refusal
      return at < 31 ? 'lost' : 'refused'
    }
    await scene.passUntilEnd(s(200))
    expect(scene.all('expired')[0]!.at).toBeGreaterThanOrEqual(90)
  })
})

describe('an outage', () => {
  it.each([
    ['refused', 'refused'],
    ['hung', 'hung'],
    ['sealed', new UnavailableError('the server is sealed', { code: 'sealed' })],
  ] as const)(
    'that begins a second after a renewal and ends a second before the end is survived (%s)',
    async (_, fault) => {
      for (const random of [0, 0.3, 0.7, 0.999]) {
        for (const ttl of [8, 60, 3600]) {
          const scene = await RenewerScene.started({ ttl })
          scene.random = random
          const renewed = ttl === 8 ? 0 : ttl / 2
          scene.token.fault = (path, { at }) => (at > renewed + 1 && at < renewed + ttl - 1 ? fault : undefined)
          await scene.pass(s(renewed + ttl * 1.2))
          expect(scene.end, `random ${random}, TTL ${ttl}`).toBeUndefined()
          expect(scene.token.isAlive).toBe(true)
          expect(scene.count('renewal-failed')).toBeGreaterThan(0)
        }
      }
    },
  )

  it('is met with at most one attempt a second, each taking half of what is left at most', async () => {
    const scene = await RenewerScene.started({ ttl: 120 })
    scene.token.fault = (path) => (path === 'renewal' ? 'hung' : undefined)
    await scene.pass(s(119))
    const { renewals } = scene.token
    for (const [index, { at, timeout }] of renewals.entries()) {
      expect(timeout!.seconds).toBeLessThanOrEqual(Math.max(1, (120 - at) / 2) + 1e-9)
      if (index > 0) expect(at - renewals[index - 1]!.at).toBeGreaterThanOrEqual(1)
    }
    expect(renewals.length).toBeGreaterThan(3)
  })

  it('that outlasts the lease ends the loop when the lease does, with the attempts told before', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path) => (path === 'renewal' ? 'refused' : undefined)
    await scene.passUntilEnd(s(90))
    const [expired] = scene.all('expired')
    expect(expired).toMatchObject({ reason: 'ttl', error: { exitCode: 4 } })
    // A look-up leaves open a second and a half.
    expect(expired!.at).toBeGreaterThanOrEqual(61.5)
    expect(expired!.at).toBeLessThan(61.7)
    expect(scene.renewedAt.at(-1)!).toBeGreaterThan(59)
    expect(scene.all('renewal-failed').at(-1)).toMatchObject({ nextAttemptAt: null })
    expect(scene.token.lookups).toHaveLength(1)
  })

  it('in which the answer to a renewal was lost does not end the loop before that grant would end', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) => (path === 'lookup' && at === 0 ? undefined : at < 31 ? 'lost' : 'refused')
    await scene.passUntilEnd(s(200))
    const lostAt = 30 + 29.5 / 2
    expect(scene.all('expired')).toMatchObject([{ reason: 'ttl' }])
    expect(scene.all('expired')[0]!.at).toBeGreaterThanOrEqual(lostAt + 60)
    expect(scene.all('expired')[0]!.at).toBeLessThan(lostAt + 60.2)
  })

  it('in which the answer was lost is survived when the renewal had worked', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) => {
      if (at === 0 || at > 80) return undefined
      return at < 31 ? 'lost' : 'refused'
    }
    await scene.pass(s(130))
    expect(scene.end).toBeUndefined()
    expect(scene.count('renewed')).toBeGreaterThan(0)
    expect(scene.token.isAlive).toBe(true)
  })

  it('in which the renewal did not work after all ends with the first denial', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) => {
      if (at === 0 || at > 80) return undefined
      return at < 31 ? 'hung' : 'refused'
    }
    await scene.passUntilEnd(s(200))
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'ttl' })
    expect(scene.all('expired')[0]!.at).toBeGreaterThan(80)
    expect(scene.all('expired')[0]!.at).toBeLessThan(100)
  })

  it('of a server that swallows every request ends all the same', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path) => (path === 'renewal' ? 'hung' : undefined)
    await scene.passUntilEnd(s(300))
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'ttl' })
    expect(scene.all('expired')[0]!.at).toBeLessThan(122)
  })

  it.each([0, 0.3, 0.49, 0.5, 0.7, 0.99])(
    'never makes a token dead that a lost answer has kept to its max TTL (looked up %d s after a full second)',
    async (startedAt) => {
      for (const endsAt of [60, 60.3, 60.7, 60.99]) {
        for (const lostAt of [20, 20.3, 20.7, 20.99]) {
          const { scene, diesAt } = await keptByLostAnswer({ startedAt, endsAt, lostAt })
          await scene.passUntilEnd(s(60))
          expect(scene.all('expired')).toMatchObject([{ reason: 'max-ttl' }])
          expect(scene.all('expired')[0]!.at).toBeGreaterThanOrEqual(diesAt)
          expect(scene.all('expired')[0]!.at).toBeLessThan(diesAt + 4)
        }
      }
    },
  )

  it('never lets a lost answer reach farther past the known end than look-up and renewal leave open', async () => {
    const scene = await RenewerScene.started({ ttl: 60, explicitMax: 70 })
    scene.token.fault = (path) => (path === 'renewal' ? 'hung' : undefined)
    await scene.passUntilEnd(s(300))
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'max-ttl' })
    expect(scene.all('expired')[0]!.at).toBeGreaterThanOrEqual(70)
    expect(scene.all('expired')[0]!.at).toBeLessThan(73.2)
  })

  it.each([
    ['an unreadable reply', new ProtocolError('half a reply'), 120],
    ['a gateway that gave up', new UnavailableError('the server answers 504', { facts: { status: 504 } }), 120],
    ['a server that says it is sealed', new UnavailableError('sealed', { facts: { status: 503 } }), 60],
  ])('counts %s for what the server may have done', async (_, error, end) => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) => (path === 'lookup' ? undefined : at > 59 ? 'refused' : error)
    await scene.passUntilEnd(s(300))
    expect(scene.all('expired')[0]!.at).toBeGreaterThan(end - 2)
    expect(scene.all('expired')[0]!.at).toBeLessThan(end + 1.6)
  })
})

/** A token with a max TTL of 70 s, of which the server is away but for one renewal whose answer is lost. */
async function keptByLostAnswer(times: { startedAt: number; endsAt: number; lostAt: number }) {
  const { startedAt, endsAt, lostAt } = times
  const scene = new RenewerScene({ ttl: 60, explicitMax: 70 })
  scene.token.endIn(endsAt)
  scene.token.fault = (path) => (path === 'lookup' ? undefined : 'lost')
  await scene.pass(s(startedAt))
  await scene.start()
  await scene.pass(s(lostAt - startedAt))
  scene.renewer.renewNow()
  await scene.pass(s(0))
  const diesAt = scene.clock.seconds + scene.token.secondsLeft
  scene.token.fault = () => 'refused'
  return { scene, diesAt }
}
