import { expect, it } from 'vitest'
import { hasLifecycle } from '../../../src/connectors/lifecycle.ts'

it.each([
  ['both methods', { start: () => undefined, stop: () => undefined }, true],
  ['start alone', { start: () => undefined }, false],
  ['stop alone', { stop: () => undefined }, false],
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
