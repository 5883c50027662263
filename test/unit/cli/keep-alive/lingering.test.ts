import { describe, expect, it } from 'vitest'
import { endOfUse, linger, Revival } from '../../../../src/cli/keep-alive/lingering.ts'
import { TokenWatch } from '../../../../src/cli/keep-alive/token-watch.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

const clock = () => new FakeClock(new Date('2030-01-01T00:00:00Z'))

function lingering(until: Date | null, time = clock()) {
  const logged: string[] = []
  const stop = new AbortController()
  const revival = new Revival()
  const logger = { log: (level: string, message: string) => void logged.push(`${level} ${message}`) }
  const over = linger({ until, purpose: 'metrics stay', stop: stop.signal, revival, clock: time, logger })
  return { over, logged, stop, revival, time }
}

describe('lingering', () => {
  it('is over at once where there is nothing to stay for', async () => {
    const { over, logged } = lingering(null)
    expect(await over).toBe(false)
    expect(logged).toEqual([])
  })

  it('says until when, lasts so long in naps of an hour at the most, and tells of the end', async () => {
    const { over, logged, time } = lingering(new Date('2030-01-01T02:30:00Z'))
    expect(logged).toEqual(['info metrics stay until the token expires'])
    await time.advance(Duration.ofHours(2))
    expect(logged).toHaveLength(1)
    await time.advance(Duration.ofHours(1))
    expect(await over).toBe(false)
    expect(logged).toEqual(['info metrics stay until the token expires', 'error vault token expired'])
    expect(time.sleeps.map((nap) => nap.seconds)).toEqual([3600, 3600, 1800])
  })

  it('is over when it is stopped, and tells of no end', async () => {
    const { over, logged, stop } = lingering(new Date('2030-01-02T00:00:00Z'))
    stop.abort()
    expect(await over).toBe(false)
    expect(logged).toHaveLength(1)
  })

  it('gives way to another token', async () => {
    const { over, logged, revival } = lingering(new Date('2030-01-02T00:00:00Z'))
    revival.announce()
    expect(await over).toBe(true)
    expect(logged).toHaveLength(1)
  })
})

describe('the use of a program for its token', () => {
  const report = (reason: 'nothing-to-renew' | 'stopped') => ({
    ends: [{ name: 'vault', end: { reason } }],
    startFailures: [],
  })

  it('has no end where no token has one, and nobody is told of it', async () => {
    const until = endOfUse(report('nothing-to-renew'), new TokenWatch(clock()))
    const { over, logged, stop } = lingering(until)
    stop.abort()
    expect(await over).toBe(false)
    expect(logged).toEqual([])
  })

  it('is over where no token is left', () => {
    expect(endOfUse(report('stopped'), new TokenWatch(clock()))).toBeNull()
  })
})
