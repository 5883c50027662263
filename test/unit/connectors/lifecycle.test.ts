import { expect, it } from 'vitest'
import { hasLifecycle } from '../../../src/connectors/lifecycle.ts'

const nothing = (): void => undefined

it.each<[string, object, boolean]>([
  ['both methods', { start: nothing, stop: nothing }, true],
  ['start alone', { start: nothing }, false],
  ['stop alone', { stop: nothing }, false],
  ['neither', {}, false],
  ['properties of that name', { start: true, stop: 'now' }, false],
])('what has %s: %o', (_, candidate, answer) => {
  expect(hasLifecycle(candidate)).toBe(answer)
})

it('finds methods of a class', () => {
  class Work {
    start(): void {
      throw new Error('not to be called')
    }
    stop(): void {
      throw new Error('not to be called')
    }
  }
  expect(hasLifecycle(new Work())).toBe(true)
})
