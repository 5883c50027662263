import { describe, expect, it } from 'vitest'
import { hours, minutes, RenewerScene, s } from './renewer-scene.ts'

describe('the clocks', () => {
  it('that are set forward past the end mean a renewal at once, not a death', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(5))
    scene.clock.setWall(hours(24))
    await scene.pass(minutes(6))
    expect(scene.token.renewals).toHaveLength(1)
    expect(scene.end).toBeUndefined()
    await scene.pass(minutes(60))
    expect(scene.token.renewals.length).toBeLessThanOrEqual(3)
  })

  it('that are set forward during an outage do not kill the token', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at < 2400 ? 'refused' : undefined)
    await scene.pass(minutes(5))
    scene.clock.setWall(hours(24))
    await scene.pass(minutes(50))
    expect(scene.end).toBeUndefined()
    expect(scene.count('renewed')).toBeGreaterThan(0)
    expect(scene.count('renewal-failed')).toBeLessThan(30)
    expect(scene.token.renewals.map(({ timeout }) => timeout)).toEqual(scene.token.renewals.map(() => s(30)))
  })

  it('that are set back delay no renewal', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(5))
    scene.clock.setWall(hours(-24))
    await scene.pass(minutes(26))
    expect(scene.renewedAt).toEqual([1800])
  })

  it('of a host that slept lead to a renewal soon after it woke, before the lease ends', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(5))
    scene.clock.suspend(minutes(40))
    await scene.pass(minutes(6))
    expect(scene.token.renewals).toHaveLength(1)
    expect(scene.count('renewed')).toBe(1)
  })

  it('of a host that slept past the end leave the verdict to the server', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(5))
    scene.clock.suspend(hours(5))
    scene.token.revoke()
    await scene.pass(minutes(7))
    expect(scene.kinds).toEqual(['started', 'renewal-failed', 'expired'])
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'ttl' })
  })

  it('of a process that was held up past the end leave the token one more attempt', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    await scene.pass(s(10))
    await scene.clock.stall(s(100))
    expect(scene.token.renewals).toHaveLength(1)
    expect(scene.kinds).toEqual(['started', 'renewal-failed', 'expired'])
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'ttl' })
  })

  it('of a process that was held up in the middle of an outage leave the token one more attempt too', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at < 50 ? 'refused' : undefined)
    await scene.pass(s(35))
    const before = scene.token.renewals.length
    expect(before).toBeGreaterThan(0)
    await scene.clock.stall(s(100))
    expect(scene.token.renewals.length).toBe(before + 1)
    expect(scene.kinds.slice(-2)).toEqual(['renewal-failed', 'expired'])
  })

  it('of a process that was held up past the end let it die when that attempt meets no server', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.fault = (path) => (path === 'renewal' ? 'refused' : undefined)
    await scene.pass(s(10))
    await scene.clock.stall(s(100))
    await scene.pass(s(2))
    expect(scene.token.renewals).toHaveLength(1)
    expect(scene.all('expired')).toMatchObject([{ reason: 'ttl' }])
  })
})
