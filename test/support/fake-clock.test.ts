import { describe, expect, test } from 'vitest'
import { Duration } from '../../src/core/duration.ts'
import { FakeClock, settle } from './fake-clock.ts'

const seconds = (count: number) => Duration.ofSeconds(count)

describe('the fake clock', () => {
  test('stands still until it is moved', async () => {
    const clock = new FakeClock(new Date('2030-01-01T00:00:00Z'))
    const before = clock.now()
    await settle()
    expect(clock.now()).toEqual(before)
    await clock.advance(seconds(90))
    expect(clock.now()).toEqual(new Date('2030-01-01T00:01:30Z'))
    expect(clock.monotonic().seconds).toBe(90)
  })

  test('wakes sleepers in the order in which they are due, each at its own time', async () => {
    const clock = new FakeClock()
    const woken: [string, number][] = []
    const sleeper = async (name: string, duration: Duration) => {
      await clock.sleep(duration)
      woken.push([name, clock.monotonic().seconds])
    }
    const all = Promise.all([sleeper('late', seconds(20)), sleeper('early', seconds(5)), sleeper('never', seconds(99))])
    await clock.advance(seconds(30))
    expect(woken).toEqual([
      ['early', 5],
      ['late', 20],
    ])
    expect(clock.sleeping).toBe(1)
    await clock.advance(seconds(100))
    await all
  })

  test('a loop that sleeps again and again goes on within one advance', async () => {
    const clock = new FakeClock()
    const turns: number[] = []
    const loop = async () => {
      while (turns.length < 4) {
        await clock.sleep(seconds(10))
        turns.push(clock.monotonic().seconds)
      }
    }
    const ended = loop()
    await clock.advance(seconds(60))
    await ended
    expect(turns).toEqual([10, 20, 30, 40])
    expect(clock.sleeps.map((slept) => slept.seconds)).toEqual([10, 10, 10, 10])
  })

  test('an abort ends a sleep without an error and without moving time', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const slept = clock.sleep(seconds(10), controller.signal)
    controller.abort()
    await slept
    expect(clock.monotonic().seconds).toBe(0)
    expect(clock.sleeping).toBe(0)
    await clock.sleep(seconds(10), controller.signal)
    expect(clock.sleeps).toHaveLength(1)
  })

  test('a sleep of nothing ends by itself', async () => {
    await new FakeClock().sleep(seconds(-1))
  })

  test('a jump of the wall clock wakes nobody and leaves monotonic time alone', async () => {
    const clock = new FakeClock(new Date('2030-01-01T00:00:00Z'))
    const slept = clock.sleep(seconds(10))
    clock.jumpWall(Duration.ofHours(-1))
    await settle()
    expect(clock.now()).toEqual(new Date('2029-12-31T23:00:00Z'))
    expect(clock.nextWake?.seconds).toBe(10)
    await clock.advance(seconds(10))
    await slept
    expect(clock.now()).toEqual(new Date('2029-12-31T23:00:10Z'))
  })

  test('says when nobody ever comes to sleep', async () => {
    await expect(new FakeClock().untilSleeping(20)).rejects.toThrow('nobody sleeps')
  })
})
