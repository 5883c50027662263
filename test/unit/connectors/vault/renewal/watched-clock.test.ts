import { beforeEach, describe, expect, it } from 'vitest'
import { WatchedClock } from '../../../../../src/connectors/vault/renewal/watched-clock.ts'
import { hours, s } from './renewer-scene.ts'
import { SteppedClock } from './stepped-clock.ts'

describe('the time that may have passed', () => {
  let clock: SteppedClock
  let watched: WatchedClock

  beforeEach(() => {
    clock = new SteppedClock()
    watched = new WatchedClock(clock)
  })

  it('is that of the monotonic clock while both agree', async () => {
    await clock.advance(s(100))
    expect(watched.elapsed()).toEqual(s(100))
  })

  it('counts the sleep of the host', async () => {
    await clock.advance(s(10))
    clock.suspend(hours(1))
    await clock.advance(s(5))
    expect(watched.elapsed()).toEqual(s(3615))
    expect(watched.elapsed()).toEqual(s(3615))
    expect(watched.monotonic()).toEqual(s(15))
  })

  it('takes a clock that was set forward for a sleep', () => {
    clock.setWall(s(60))
    expect(watched.elapsed()).toEqual(s(60))
  })

  it('does not go back with a clock that was set back, which hides no later sleep', () => {
    clock.setWall(hours(-2))
    expect(watched.elapsed()).toEqual(s(0))
    clock.suspend(hours(1))
    expect(watched.elapsed()).toEqual(hours(1))
  })

  it('ignores a second, but not one after the other', () => {
    clock.setWall(s(0.6))
    expect(watched.elapsed()).toEqual(s(0))
    clock.setWall(s(0.6))
    expect(watched.elapsed()).toEqual(s(1.2))
  })
})
