import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { labelled } from '../../../../src/cli/views/lines.ts'

describe('labelled lines', () => {
  it('stand in two columns, without those that have no value', () => {
    const text = labelled([
      ['a', 'one'],
      ['longer', 'two'],
      ['none at all', undefined],
    ])
    expect(stripVTControlCharacters(text)).toBe('  a       one\n  longer  two\n')
  })

  it('escape control characters', () => {
    expect(labelled([['a', 'x\u001b[2J\ny']])).toContain(String.raw`x\u{1b}[2J\ny`)
  })

  it('of nothing are nothing', () => {
    expect(labelled([])).toBe('')
    expect(labelled([['a', undefined]])).toBe('')
  })
})
