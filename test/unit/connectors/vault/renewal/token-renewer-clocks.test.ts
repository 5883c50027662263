import { expect, it } from 'vitest'
import { RenewerScene, s } from './renewer-scene.ts'
import { randomFrom } from './seeded-random.ts'

/** A waking host is noticed after one nap at most; then comes the renewal. */
const noticing = 31

type Step = 'pass' | 'sleep' | 'set' | 'hold up' | 'set back and sleep'
const steps: readonly Step[] = ['pass', 'pass', 'sleep', 'set', 'hold up', 'set back and sleep']

it.each(Array.from({ length: 200 }, (_, index) => index + 1))(
  'a token lives through any history of the clocks that leaves it time to be renewed (seed %d)',
  async (seed) => {
    const random = randomFrom(seed)
    const ttl = 80 + Math.floor(random() ** 2 * 7000)
    const limit = random() < 0.3 ? { explicitMax: ttl * (4 + Math.floor(random() * 20)) } : {}
    const scene = await RenewerScene.started({ ttl, ...limit })
    let jumps = 0

    const awake = async (seconds: number): Promise<void> => {
      const mayLive = scene.token.secondsLeft > noticing && scene.token.secondsUntilMax > noticing + seconds
      await scene.pass(s(seconds))
      if (mayLive) expect(scene.token.isAlive).toBe(true)
    }
    for (let count = 0; count < 25 && scene.token.isAlive && scene.end === undefined; count += 1) {
      const step = steps[Math.floor(random() * steps.length)]!
      const seconds = random() ** 2 * ttl * 1.3
      if (step !== 'pass') jumps += 1
      if (step === 'sleep') scene.clock.suspend(s(seconds))
      if (step === 'set') scene.clock.setWall(s((random() - 0.5) * 4 * ttl))
      if (step === 'hold up') await scene.clock.stall(s(seconds * 0.5))
      if (step === 'set back and sleep') {
        scene.clock.setWall(s(-ttl * 3 * random()))
        await awake(noticing)
        scene.clock.suspend(s(seconds))
      }
      await awake(step === 'pass' ? seconds : noticing)
    }
    // Long enough for what happened to be told.
    await scene.pass(s(ttl * 1.2))

    if (scene.end === undefined) expect(scene.token.isAlive).toBe(true)
    else {
      expect(scene.token.isAlive).toBe(false)
      expect(scene.kinds.at(-1)).toBe('expired')
    }
    const gaps = scene.renewedAt.slice(1).map((at, index) => at - scene.renewedAt[index]!)
    expect(Math.min(1, ...gaps)).toBeGreaterThan(1 - 1e-6)
    if (limit.explicitMax === undefined) {
      expect(scene.token.renewals.length).toBeLessThan(3 * jumps + (3 * scene.clock.seconds) / ttl + 5)
    }
  },
)
