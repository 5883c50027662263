import { describe, expect, it } from 'vitest'
import { inParts } from '../../../src/hooks/in-parts.ts'

const itself = (text: string) => [text]
const sizes = (parts: readonly (readonly string[])[]) => parts.map((part) => part.length)

describe('what a program is told in lists', () => {
  it('goes to one run while it fits, to none when there is nothing', () => {
    expect(inParts(['a', 'b', 'c'], itself)).toEqual([['a', 'b', 'c']])
    expect(inParts([], itself)).toEqual([])
  })

  it('goes to several runs when it is too long, in order and nothing twice', () => {
    const paths = Array.from({ length: 3000 }, (_, index) => `/etc/tls/${String(index).padStart(66, '0')}`)
    const parts = inParts(paths, itself)
    expect(sizes(parts)).toEqual([1293, 1293, 414])
    expect(parts.flat()).toEqual(paths)
  })

  it('is measured in bytes, of all texts of an item', () => {
    const items = Array.from({ length: 4 }, () => 'ü'.repeat(16 * 1024))
    expect(sizes(inParts(items, itself))).toEqual([2, 2])
    expect(sizes(inParts(items, (text) => [text, text]))).toEqual([1, 1, 1, 1])
  })

  it('is a part of its own where one item is too long by itself', () => {
    expect(sizes(inParts(['a', 'b'.repeat(200_000), 'c'], itself))).toEqual([1, 1, 1])
  })
})
