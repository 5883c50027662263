import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../../../src/core/errors.ts'
import { hours, minutes, RenewerScene, s } from './renewer-scene.ts'
import { SimulatedToken } from './simulated-token.ts'

describe('stopping', () => {
  it('ends the loop between renewals, told once, and leaves no timer behind', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.renewer.stop()
    await scene.renewer.stop()
    expect(scene.kinds).toEqual(['started', 'stopped'])
    expect(await scene.renewer.ended()).toEqual({ reason: 'stopped' })
    expect(scene.clock.sleeperCount).toBe(0)
    await scene.pass(hours(5))
    expect(scene.token.renewals).toEqual([])
  })

  it.each(['lookup', 'renewal'] as const)('cuts short a %s that never ends, without a failure', async (path) => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.fault = (asked) => (asked === path ? 'stuck' : undefined)
    await scene.start()
    await scene.pass(minutes(31))
    expect(path === 'lookup' ? scene.token.lookups : scene.token.renewals).toHaveLength(1)
    await scene.renewer.stop()
    expect(scene.kinds.filter((kind) => kind !== 'started')).toEqual(['stopped'])
  })

  it('hands the abort on to the request', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path) => (path === 'renewal' ? 'hung' : undefined)
    await scene.pass(minutes(30))
    expect(scene.clock.sleeperCount).toBe(1)
    await scene.renewer.stop()
    expect(scene.clock.sleeperCount).toBe(0)
    expect(scene.kinds).toEqual(['started', 'stopped'])
  })

  it.each([
    ['while it waits for a server that is away', 5],
    ['between two attempts', 1801],
  ])('works %s', async (_, at) => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.fault = (path) => (at < 1800 || path === 'renewal' ? 'refused' : undefined)
    await scene.start()
    await scene.pass(s(at))
    const before = scene.kinds
    await scene.renewer.stop()
    expect(scene.kinds).toEqual([...before, 'stopped'])
    expect(await scene.renewer.ended()).toEqual({ reason: 'stopped' })
  })

  it('from within an event is the last that is told', async () => {
    const scene = new RenewerScene({ ttl: 3600, explicitMax: 1800 })
    scene.onEvent = ({ kind }) => {
      if (kind === 'started') void scene.renewer.stop()
    }
    await scene.start()
    expect(scene.kinds).toEqual(['started', 'stopped'])
  })

  it('before a start, and after the loop has ended by itself, does nothing', async () => {
    const scene = new RenewerScene({ ttl: 0, neverExpires: true })
    await scene.renewer.stop()
    expect(scene.kinds).toEqual([])
    await scene.start()
    await scene.renewer.stop()
    expect(scene.kinds).toEqual(['started', 'nothing-to-renew'])
    expect(await scene.renewer.ended()).toEqual({ reason: 'nothing-to-renew' })
  })
})

describe('starting', () => {
  it('twice is one loop', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.renewer.start()
    await scene.pass(minutes(31))
    expect(scene.token.lookups).toHaveLength(1)
    expect(scene.token.renewals).toHaveLength(1)
  })

  it('after a stop starts again, from a fresh look-up', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(20))
    await scene.renewer.stop()
    await scene.renewer.start()
    await scene.pass(minutes(21))
    expect(scene.token.lookups.map(({ at }) => at)).toEqual([0, 1200])
    expect(scene.renewedAt).toEqual([2400])
    expect(scene.kinds).toEqual(['started', 'stopped', 'started', 'renewed'])
  })

  it('while the stop is still on its way is one loop too', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    const stopped = scene.renewer.stop()
    await scene.renewer.start()
    await stopped
    await scene.pass(minutes(31))
    expect(scene.kinds).toEqual(['started', 'stopped', 'started', 'renewed'])
  })

  it('does not wait for the server', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.fault = () => 'stuck'
    await scene.renewer.start()
    await scene.pass(s(0))
    expect(scene.token.lookups).toHaveLength(1)
    await scene.renewer.stop()
  })

  it('can be waited for from before the start to the end', async () => {
    const scene = new RenewerScene({ ttl: 3600, isRenewable: false })
    const ended = scene.renewer.ended()
    await scene.renewer.start()
    expect(await ended).toMatchObject({ reason: 'not-renewable' })
  })
})

describe('renewing now', () => {
  it('renews at once, and the cadence goes on from there', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(10))
    scene.renewer.renewNow()
    await scene.pass(minutes(40))
    expect(scene.renewedAt).toEqual([600, 2400])
  })

  it('tries at once also between two attempts', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    const throttled = new UnavailableError('throttled', { retryAfter: s(600) })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at < 1850 ? throttled : undefined)
    await scene.pass(s(1860))
    scene.renewer.renewNow()
    await scene.pass(s(1))
    expect(scene.renewedAt).toEqual([1800, 1860])
    expect(scene.kinds.at(-1)).toBe('renewed')
  })

  it('asks the server at once while it is waited for', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.random = 0.999
    scene.token.fault = (path, { at }) => (at < 40 ? 'refused' : undefined)
    await scene.start()
    await scene.pass(s(45))
    const before = scene.token.lookups.length
    scene.renewer.renewNow()
    await scene.pass(s(0))
    expect(scene.token.lookups.length).toBe(before + 1)
    expect(scene.kinds.slice(-2)).toEqual(['started', 'renewed'])
  })

  it('asks once a second at most, however often it is wanted', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(s(10))
    for (let count = 0; count < 50; count += 1) {
      scene.renewer.renewNow()
      await scene.pass(s(0.1))
    }
    const gaps = scene.renewedAt.slice(1).map((at, index) => at - scene.renewedAt[index]!)
    expect(scene.renewedAt.length).toBeGreaterThan(3)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1)
  })

  it('waits for the answer that is under way', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at === 1800 ? 'hung' : undefined)
    await scene.pass(s(1810))
    scene.renewer.renewNow()
    await scene.pass(s(19))
    expect(scene.renewedAt).toEqual([1800])
    expect(scene.clock.sleeperCount).toBe(1)
    await scene.pass(s(2))
    expect(scene.renewedAt).toEqual([1800, 1830])
  })

  it('asks a server that is away once, not again and again', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.random = 0.999
    scene.token.fault = () => 'refused'
    await scene.start()
    await scene.pass(s(100))
    const before = scene.token.lookups.length
    scene.renewer.renewNow()
    await scene.pass(s(10))
    expect(scene.token.lookups.length).toBe(before + 1)
  })

  it('is nothing without a running loop', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.renewer.renewNow()
    await scene.pass(hours(1))
    expect(scene.told).toEqual([])
  })
})

describe('another token', () => {
  it('is looked up and renewed at once, without an end or a failure in between', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(10))
    scene.renewer.tokenReplaced()
    await scene.pass(minutes(1))
    expect(scene.token.lookups.map(({ at }) => at)).toEqual([0, 600])
    expect(scene.renewedAt).toEqual([600])
    expect(scene.kinds).toEqual(['started', 'token-replaced', 'renewed'])
  })

  it('needs no look-up when its facts are handed over', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    const facts = await new SimulatedToken(scene.clock, { ttl: 7200 }).lookupSelf()
    scene.renewer.tokenReplaced(facts)
    await scene.pass(minutes(1))
    expect(scene.token.lookups).toHaveLength(1)
    expect(scene.all('token-replaced')[0]).toMatchObject({ ttl: s(7200) })
    expect(scene.token.renewals[0]!.increment).toEqual(s(7200))
  })

  it('drops the request that is under way for the old one', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at === 1800 ? 'stuck' : undefined)
    await scene.pass(minutes(31))
    scene.renewer.tokenReplaced()
    await scene.pass(s(1))
    expect(scene.kinds).toEqual(['started', 'token-replaced', 'renewed'])
  })

  it('takes over from a server that was waited for', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.fault = (path, { at }) => (at < 1 ? 'refused' : undefined)
    scene.random = 0.999
    await scene.start()
    await scene.pass(s(1.2))
    scene.renewer.tokenReplaced()
    await scene.pass(s(0.1))
    expect(scene.kinds).toEqual(['waiting', 'started', 'renewed'])
  })
})
