import { describe, expect, it } from 'vitest'
import type { Moment } from '../../../../../src/connectors/vault/renewal/moment.ts'
import { RenewalSlots } from '../../../../../src/connectors/vault/renewal/renewal-slots.ts'
import { TokenRenewer } from '../../../../../src/connectors/vault/renewal/token-renewer.ts'
import { s } from './renewer-scene.ts'
import { randomFrom } from './seeded-random.ts'
import { SimulatedToken } from './simulated-token.ts'
import { SteppedClock } from './stepped-clock.ts'

const start: Moment = { wall: new Date(0), monotonic: s(0), elapsed: s(0) }

describe('the slots of the renewals of one process', () => {
  it('give to a token that is alone the very instant at which it is due', () => {
    const slots = new RenewalSlots()
    expect(slots.take({}, start, s(30))).toEqual({ wall: new Date(30_000), monotonic: s(30), elapsed: s(30) })
  })

  it('give to a thousand that are due at once an instant each, none of them later, nor earlier by more than a tenth', () => {
    const slots = new RenewalSlots()
    const taken = Array.from({ length: 1000 }, () => slots.take({}, start, s(300)).monotonic.seconds)
    expect(new Set(taken).size).toBe(1000)
    expect(Math.max(...taken)).toBe(300)
    expect(Math.min(...taken)).toBeGreaterThanOrEqual(270)
  })

  it('let those for whom there is no room draw apart with each renewal', () => {
    const slots = new RenewalSlots(randomFrom(1))
    const owners = Array.from({ length: 500 }, () => ({ at: start }))
    const spreads = Array.from({ length: 12 }, () => {
      owners.sort((one, other) => one.at.monotonic.milliseconds - other.at.monotonic.milliseconds)
      for (const owner of owners) owner.at = slots.take(owner, owner.at, s(30))
      const times = owners.map(({ at }) => at.monotonic.milliseconds)
      return { seconds: (Math.max(...times) - Math.min(...times)) / 1000, instants: new Set(times).size }
    })
    expect(spreads[0]!.seconds).toBeLessThanOrEqual(3)
    expect(spreads.at(-1)!.seconds).toBeGreaterThan(8)
    expect(spreads.at(-1)!.instants).toBeGreaterThan(490)
  })

  it('move both clocks by the same', () => {
    const slots = new RenewalSlots()
    slots.take({}, start, s(30))
    const { wall, monotonic } = slots.take({}, start, s(30))
    expect(wall.getTime()).toBe(monotonic.milliseconds)
    expect(monotonic.milliseconds).toBeLessThan(30_000)
  })

  it('give back what an owner had when it takes another', () => {
    const slots = new RenewalSlots()
    const owner = {}
    slots.take(owner, start, s(30))
    expect(slots.take(owner, start, s(30)).monotonic.seconds).toBe(30)
    expect(slots.take({}, start, s(30)).monotonic.seconds).toBeLessThan(30)
  })

  it('let those come together for whom there is no room, and those that are due now', () => {
    const slots = new RenewalSlots()
    const taken = Array.from({ length: 50 }, () => slots.take({}, start, s(1)).monotonic.milliseconds)
    expect(Math.max(...taken)).toBe(1000)
    expect(Math.min(...taken)).toBeGreaterThanOrEqual(900)
    expect(slots.take({}, start, s(0)).monotonic.seconds).toBe(0)
    expect(slots.take({}, start, s(0)).monotonic.seconds).toBe(0)
  })
})

describe('loops that share slots', () => {
  it('renew one after the other from the second renewal on, though they were started together', async () => {
    const clock = new SteppedClock()
    const slots = new RenewalSlots()
    const tokens = Array.from({ length: 20 }, () => new SimulatedToken(clock, { ttl: 60 }))
    const renewers = tokens.map((api) => new TokenRenewer({ api, clock, slots, timeout: s(30), emit: () => undefined }))
    await Promise.all(renewers.map((renewer) => renewer.start()))
    await clock.advance(s(31))
    const first = tokens.map(({ renewals }) => renewals[0]!.at)
    expect(new Set(first).size).toBe(20)
    expect(Math.max(...first)).toBe(30)
    await clock.advance(s(31))
    expect(new Set(tokens.map(({ renewals }) => renewals[1]!.at)).size).toBe(20)
    await Promise.all(renewers.map((renewer) => renewer.stop()))
  })
})
