import { describe, expect, it } from 'vitest'
import { ChangeFollower, type Followed } from '../../../../src/cli/keep-alive/change-follower.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { FakeClock, settle } from '../../../support/fake-clock.ts'

const s = (seconds: number) => Duration.ofSeconds(seconds)

function scene(follow: () => Followed | Promise<Followed> = () => ({ kind: 'settled' })) {
  const clock = new FakeClock()
  const followedAt: number[] = []
  const broken: unknown[] = []
  const follower = new ChangeFollower({
    clock,
    random: () => 0.5,
    follow: async () => {
      followedAt.push(clock.monotonic().seconds)
      return follow()
    },
    onBroken: (error) => broken.push(error),
  })
  return { clock, followedAt, broken, follower }
}

describe('changes', () => {
  it('are followed when there are some, and not before', async () => {
    const { clock, followedAt, follower } = scene()
    await clock.advance(s(100))
    expect(followedAt).toEqual([])
    follower.changed()
    await clock.advance(s(100))
    expect(followedAt).toEqual([100])
  })

  it('are followed once a second at most, the last of them for sure', async () => {
    const { clock, followedAt, follower } = scene()
    for (let change = 0; change < 24; change += 1) {
      follower.changed()
      await clock.advance(s(0.1))
    }
    await clock.advance(s(10))
    expect(followedAt).toEqual([0, 1, 2, 3])
  })

  it('that are half done are looked at again, sooner when there is more', async () => {
    const answers: Followed[] = [
      { kind: 'unfinished', lookAgainIn: s(2) },
      { kind: 'unfinished', lookAgainIn: s(20) },
    ]
    const { clock, followedAt, follower } = scene(() => answers.shift() ?? { kind: 'settled' })
    follower.changed()
    await clock.advance(s(5))
    follower.changed()
    await clock.advance(s(60))
    expect(followedAt).toEqual([0, 2, 5])
  })

  it('are tried with growing delays while the server is away, as it wishes', async () => {
    const answers: Followed[] = [
      ...Array.from({ length: 4 }, (): Followed => ({ kind: 'unanswered' })),
      { kind: 'unanswered', retryAfter: s(100) },
    ]
    const { clock, followedAt, follower } = scene(() => answers.shift() ?? { kind: 'settled' })
    follower.changed()
    await clock.advance(s(1000))
    const delays = followedAt.slice(1).map((at, index) => at - followedAt[index]!)
    expect(delays).toEqual([1.5, 2.5, 4.5, 8.5, 100])
  })

  it.each(['at rest', 'after a change', 'while following', 'between tries'])(
    'are not followed after a close %s, and nothing is left of it',
    async (moment) => {
      const { clock, followedAt, follower } = scene(() =>
        moment === 'while following' ? new Promise(() => undefined) : { kind: 'unanswered' },
      )
      if (moment !== 'at rest') follower.changed()
      if (moment === 'between tries') await clock.advance(s(1.2))
      await settle()
      const { length } = followedAt
      follower.close()
      follower.changed()
      await clock.advance(s(100))
      expect([followedAt.length - length, clock.sleeping]).toEqual([0, 0])
    },
  )

  it('are not followed any more after what nobody expects, which is told', async () => {
    const error = new TypeError('a bug')
    const { clock, followedAt, broken, follower } = scene(() => Promise.reject(error))
    follower.changed()
    await clock.advance(s(10))
    follower.changed()
    await clock.advance(s(10))
    expect([followedAt, broken]).toEqual([[0], [error]])
  })

  it('that are given up by the close are no bug', async () => {
    let abandon: (error: Error) => void = () => undefined
    const { clock, broken, follower } = scene(() => new Promise((_, reject) => (abandon = reject)))
    follower.changed()
    await settle()
    follower.close()
    abandon(new Error('aborted'))
    await clock.advance(s(10))
    expect(broken).toEqual([])
  })
})
