import { expect, it } from 'vitest'
import { UnavailableError } from '../../../../../src/core/errors.ts'
import { RenewerScene, s } from './renewer-scene.ts'
import { randomFrom } from './seeded-random.ts'
import type { Fault } from './simulated-token.ts'

interface Window {
  readonly from: number
  readonly to: number
  readonly fault: Fault
}

const sealed = new UnavailableError('the server is sealed', { code: 'sealed', facts: { status: 503 } })
const kinds: readonly Fault[] = ['refused', 'hung', sealed]

function randomWindows(random: () => number, ttl: number, until: number): Window[] {
  const windows: Window[] = []
  for (let from = ttl * random(); from < until; from += ttl * (0.2 + 2 * random())) {
    const to = from + ttl * 1.2 * random()
    windows.push({ from, to, fault: kinds[Math.floor(random() * kinds.length)]! })
    from = to
  }
  return windows
}

it.each(Array.from({ length: 150 }, (_, index) => index + 1))(
  'a token lives through any faults that leave it its last second, and its death is told (seed %d)',
  async (seed) => {
    const random = randomFrom(seed)
    const ttl = 5 + Math.floor(random() ** 2 * 600)
    const windows = randomWindows(random, ttl, ttl * 8)
    const faultAt = (at: number) => windows.find(({ from, to }) => at >= from && at < to)?.fault
    const scene = new RenewerScene({ ttl })
    scene.token.fault = (_, { at }) => faultAt(at)
    await scene.start()
    for (let step = 0; step < 120 && scene.end === undefined; step += 1) {
      scene.random = random()
      await scene.pass(s(ttl / 10))
    }

    const gaps = scene.renewedAt.slice(1).map((at, index) => at - scene.renewedAt[index]!)
    expect(Math.min(1, ...gaps)).toBeGreaterThan(1 - 1e-6)
    if (scene.end === undefined) {
      if (scene.count('started') > 0) expect(scene.token.isAlive).toBe(true)
      return
    }
    expect(scene.token.isAlive).toBe(false)
    const granted = scene.all('renewed').at(-1)
    const diedAt = scene.secondsAt(granted?.expiresAt ?? scene.all('started')[0]?.expiresAt ?? null) ?? ttl
    expect(faultAt(diedAt - 0.45) ?? faultAt(diedAt - 1)).toBeDefined()
    expect(scene.kinds.at(-1)).toBe('expired')
  },
)
