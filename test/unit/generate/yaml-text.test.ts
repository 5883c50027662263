import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { yamlText } from '../../../src/generate/yaml-text.ts'

test('documents stand one after the other, notes before the keys that they are about', () => {
  const text = yamlText([
    { header: ['first'], value: { a: { b: [1, { x: 0, c: 2 }] } }, notes: [[['a', 'b', 1, 'c'], 'why']] },
    { value: { d: 'x' } },
  ])
  expect(text).toBe('# first\na:\n  b:\n    - 1\n    - x: 0\n      # why\n      c: 2\n---\nd: x\n')
})

test('what is said twice is written twice, since not every reader knows aliases', () => {
  const same = { x: 1 }
  expect(yamlText([{ value: { a: same, b: same } }])).toBe('a:\n  x: 1\nb:\n  x: 1\n')
})

test.each(['1.1', '1.2'] as const)('texts come back as they were, by the rules of YAML %s', (version) => {
  const words = { yes: 'no', on: 'off', tilde: '~', time: '12:30', day: '2026-01-02' }
  const value = { ...words, octal: '0640', hash: 'a #b', colon: 'a: b', long: 'word '.repeat(60), lines: 'a\nb' }
  const [document] = parseAllDocuments(yamlText([{ value }]), { version })
  expect(document?.toJS()).toEqual(value)
})

test('a note about nothing is an error', () => {
  expect(() => yamlText([{ value: { a: 1 }, notes: [[['b'], 'why']] }])).toThrow('nothing to note at b')
})
