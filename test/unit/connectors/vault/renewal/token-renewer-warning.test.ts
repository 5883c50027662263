import { describe, expect, it } from 'vitest'
import type { Duration } from '../../../../../src/core/duration.ts'
import { UnavailableError } from '../../../../../src/core/errors.ts'
import { hours, minutes, RenewerScene, s } from './renewer-scene.ts'
import { SuccessionScene } from './succession-scene.ts'

const day = 86_400

describe('the end that is known', () => {
  it('is told at the start when the look-up names it', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, age: 100, explicitMax: day })
    expect(scene.kinds).toEqual(['started', 'end-known'])
    expect(scene.all('end-known')).toMatchObject([{ why: 'explicit-max-ttl', isInferred: false }])
    expect(scene.secondsAt(scene.all('end-known')[0]!.endsAt)).toBe(day - 100)
  })

  it('is told once grants show it, as inferred', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, maxTtl: 7200 })
    await scene.pass(minutes(91))
    expect(scene.all('end-known')).toMatchObject([{ why: 'mount-or-role-max', isInferred: true, at: 5400 }])
    expect(scene.secondsAt(scene.all('end-known')[0]!.endsAt)).toBe(7200)
  })

  it('is told again when it is another, and when it is none', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.longestGrant = 600
    await scene.pass(minutes(30))
    scene.token.longestGrant = Infinity
    await scene.pass(minutes(10))
    expect(scene.all('end-known').map(({ endsAt }) => scene.secondsAt(endsAt))).toEqual([2400, null])
  })
})

describe('the maximum of the mount', () => {
  const readable = (scene: RenewerScene, max: Duration | null) => (scene.token.mountMax = () => Promise.resolve(max))

  it('is asked for once, ten seconds after the look-up, and the end is known by it', async () => {
    const scene = new RenewerScene({ ttl: 3600, age: 1000, maxTtl: 20_000 })
    readable(scene, s(20_000))
    await scene.start()
    await scene.pass(s(9.9))
    expect(scene.token.mountQuestions).toEqual([])
    await scene.pass(hours(3))
    expect(scene.token.mountQuestions).toEqual([10])
    expect(scene.all('end-known')).toMatchObject([{ why: 'mount-max-ttl', isInferred: false, at: 10 }])
    expect(scene.secondsAt(scene.all('end-known')[0]!.endsAt)).toBe(19_000)
    expect(scene.token.lookups).toHaveLength(1)
  })

  it('changes nothing when the token may not know', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(hours(5))
    expect(scene.token.mountQuestions).toHaveLength(1)
    expect(scene.count('end-known')).toBe(0)
    expect(scene.renewedAt.slice(0, 3)).toEqual([1800, 3600, 5400])
  })

  it('is asked for again after a renewal when the server was away', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.mountMax = () => Promise.reject(new UnavailableError('it is away'))
    await scene.start()
    await scene.pass(minutes(20))
    readable(scene, s(50_000))
    await scene.pass(hours(2))
    expect(scene.token.mountQuestions).toEqual([10, 1810])
    expect(scene.count('renewal-failed')).toBe(0)
    expect(scene.count('end-known')).toBe(1)
  })

  it.each([
    ['a short lease, whose rests are short', { ttl: 100 }],
    ['a period', { ttl: 3600, period: 3600 }],
    ['one that is not renewable', { ttl: 3600, isRenewable: false }],
    ['one that never expires', { ttl: 3600, neverExpires: true }],
  ])('is not asked for with %s', async (_, made) => {
    const scene = await RenewerScene.started(made)
    await scene.pass(minutes(40))
    expect(scene.token.mountQuestions).toEqual([])
  })

  it('holds up neither a stop nor a renewal that is wanted', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    let calledOff = false
    scene.token.mountMax = async () => {
      await scene.clock.sleep(s(10))
      calledOff = true
      return null
    }
    await scene.start()
    await scene.pass(s(11))
    scene.renewer.renewNow()
    await scene.pass(s(10))
    expect(calledOff).toBe(true)
    expect(scene.renewedAt).toEqual([20])
    scene.token.mountMax = () => new Promise(() => undefined)
    await scene.renewer.stop()
    expect(scene.end).toEqual({ reason: 'stopped' })
  })

  it('that was raised is found out by a lease beyond it', async () => {
    const scene = new RenewerScene({ ttl: 3600, maxTtl: 9000 })
    readable(scene, s(9000))
    await scene.start()
    await scene.pass(minutes(1))
    scene.token.maxTtl = Infinity
    await scene.pass(hours(4))
    expect(scene.all('end-known').map(({ endsAt }) => scene.secondsAt(endsAt))).toEqual([9000, null])
    expect(scene.end).toBeUndefined()
    expect(scene.token.isAlive).toBe(true)
  })
})

describe('the warning ahead of the end', () => {
  it('comes once, with a fifth of the life left, between two renewals', async () => {
    const scene = await RenewerScene.started({ ttl: 7200, explicitMax: 50_000 })
    await scene.pass(s(39_999))
    expect(scene.count('ends-soon')).toBe(0)
    await scene.pass(hours(2))
    const [warning] = scene.all('ends-soon')
    expect(warning).toMatchObject({ why: 'explicit-max-ttl', isInferred: false })
    expect(warning!.at).toBeCloseTo(40_000, 0)
    expect(warning!.left.seconds).toBeCloseTo(10_000, 0)
    expect(scene.secondsAt(warning!.endsAt)).toBe(50_000)
    await scene.passUntilEnd(hours(2))
    expect(scene.count('ends-soon')).toBe(1)
  })

  it('comes when the operator wants it, and costs no request', async () => {
    const scene = new RenewerScene({ ttl: 3600, explicitMax: 20_000 }, undefined, s(1000))
    await scene.start()
    await scene.passUntilEnd(hours(6))
    expect(scene.all('ends-soon').map(({ at }) => Math.round(at))).toEqual([19_000])
    const without = await RenewerScene.started({ ttl: 3600, explicitMax: 20_000 })
    await without.passUntilEnd(hours(6))
    expect(scene.renewedAt).toEqual(without.renewedAt)
  })

  it('comes at the start when the threshold has passed already', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, age: 900, explicitMax: 1000 })
    expect(scene.all('ends-soon')).toMatchObject([{ at: 0, left: s(100) }])
  })

  it('comes at least one renewal before an end that only grants show', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, maxTtl: 7200 })
    await scene.passUntilEnd(hours(3))
    const [warning] = scene.all('ends-soon')
    expect(warning).toMatchObject({ isInferred: true, at: 5400 })
    expect(scene.renewedAt.filter((at) => at > warning!.at).length).toBeGreaterThan(0)
  })

  it('comes again when the end moves nearer, and when it went away and came back', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, age: 900, explicitMax: 5000 })
    await scene.pass(minutes(50))
    expect(scene.count('ends-soon')).toBe(1)
    scene.token.maxTtl = 4500
    scene.renewer.renewNow()
    await scene.pass(s(1))
    expect(scene.all('ends-soon').map(({ endsAt }) => scene.secondsAt(endsAt))).toEqual([4100, 3600])
    scene.token.maxTtl = Infinity
    scene.renewer.renewNow()
    await scene.pass(s(2))
    scene.token.maxTtl = 4500
    scene.renewer.renewNow()
    await scene.pass(s(2))
    expect(scene.all('ends-soon').length).toBeGreaterThan(2)
  })

  it('comes in time in the middle of an outage too', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, explicitMax: 8000 })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at > 5000 ? 'refused' : undefined)
    await scene.pass(s(6500))
    expect(scene.all('ends-soon')).toHaveLength(1)
    expect(scene.all('ends-soon')[0]!.at).toBeLessThan(6410)
    expect(scene.count('renewal-failed')).toBeGreaterThan(0)
  })

  it('comes on waking when the host slept through the threshold', async () => {
    const scene = await RenewerScene.started({ ttl: 7200, explicitMax: 50_000 })
    await scene.pass(minutes(5))
    scene.token.endIn(48_000)
    scene.clock.suspend(s(42_000))
    await scene.pass(minutes(1))
    expect(scene.all('ends-soon')).toHaveLength(1)
  })

  it('does not come while no end is known', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(hours(24))
    expect(scene.count('ends-soon')).toBe(0)
  })
})

describe('the warning where another token can be got', () => {
  it('does not come while logins work', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, explicitMax: 3000 })
    await scene.pass(s(12_000))
    expect(scene.count('ends-soon')).toBe(0)
    expect(scene.logins.length).toBeGreaterThan(3)
  })

  it('comes once when a login fails and the threshold has passed', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, explicitMax: 3000 })
    await scene.pass(s(1000))
    scene.loginFault = () => new UnavailableError('the login is away')
    await scene.pass(s(1990))
    expect(scene.count('login-failed')).toBeGreaterThan(1)
    expect(scene.all('ends-soon')).toHaveLength(1)
    expect(scene.secondsAt(scene.all('ends-soon')[0]!.endsAt)).toBeCloseTo(3000, 0)
    scene.loginFault = () => undefined
    await scene.pass(s(10))
    expect(scene.kinds.at(-2)).toBe('token-replaced')
  })
})
