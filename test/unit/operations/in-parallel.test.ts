import { describe, expect, it } from 'vitest'
import { inParallel } from '../../../src/operations/in-parallel.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('inParallel', () => {
  it.each([1, 3, 64])('answers in the order of the items, working on %i at most', async (parallel) => {
    let [running, most] = [0, 0]
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, (running += 1))
      for (let left = 10 - item; left > 0; left -= 1) await turn()
      running -= 1
      return item * 2
    }
    const items = Array.from({ length: 10 }, (_, index) => index)
    const results = await inParallel(items, { parallel, signal: new AbortController().signal }, work)
    expect(results).toEqual(items.map((item) => item * 2))
    expect(most).toBe(Math.min(parallel, items.length))
  })

  it('begins no other item once it is stopped, and ends what was begun', async () => {
    const stop = new AbortController()
    const results = await inParallel([1, 2, 3], { parallel: 1, signal: stop.signal }, async (item) => {
      if (item === 2) stop.abort()
      await turn()
      return item
    })
    expect(results).toEqual([1, 2])
  })
})
