import { describe, expect, it } from 'vitest'
import { parseYaml, utf8Text } from '../../../src/config/yaml-document.ts'
import { ConfigError } from '../../../src/core/errors.ts'

function fault(text: string): ConfigError {
  try {
    parseYaml(text, 'c.yaml')
  } catch (error) {
    if (error instanceof ConfigError) return error
  }
  throw new Error('it was taken')
}

describe('the text of a YAML file', () => {
  it('is read as UTF-8, with and without a mark in front', () => {
    expect(utf8Text(Buffer.from('a: ünïcode \ufffd'), 'c.yaml')).toBe('a: ünïcode \ufffd')
    expect(utf8Text(Buffer.from('\ufeffa: 1'), 'c.yaml')).toBe('a: 1')
  })

  it.each([
    ['a: 1\nb: \xfc', '2:4'],
    ['\xff\xfea\0', '1:1'],
    [`a: ü\nb: \xc3`, '1:4'],
    ['a: \xc3\nb: 1', '1:4'],
  ])('is refused with the place where it is something else: %j', (text, place) => {
    expect(() => utf8Text(Buffer.from(text, 'latin1'), 'c.yaml')).toThrow(
      expect.objectContaining({ message: `c.yaml:${place}: it is no UTF-8`, exitCode: 3 }) as Error,
    )
  })
})

describe('parseYaml', () => {
  it.each([
    ['a: b: c', 'c.yaml:1:4: nested mappings are not allowed in compact mappings'],
    ['a: 1\na: 2', 'c.yaml:2:1: map keys must be unique'],
    ['a:\n  - [1', 'c.yaml:2:7: '],
    ['a: 1\n---\na: 2', 'c.yaml:2:1: a second document begins, and one is read'],
    ['x: !secret y', 'c.yaml:1:4: unresolved tag: !secret'],
    ['a: 1\nb: *nobody', 'c.yaml:2:4: *nobody stands for nothing'],
  ])('names line and column of what is wrong in %j', (text, message) => {
    const error = fault(text)
    expect(error.message).toContain(message)
    expect(error).toMatchObject({ exitCode: 3, code: 'invalid-file', facts: { path: 'c.yaml' } })
  })

  it('refuses aliases that multiply', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const lines = names.map((name, index) => {
      const inner = index === 0 ? 'x' : `*${names[index - 1]}`
      return `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(', ')}]`
    })
    expect(fault(lines.join('\n')).message).toContain('its aliases multiply it beyond measure')
  })

  it('takes one alias many times', () => {
    const { value } = parseYaml(`a: &a 007\nb: [${'*a, '.repeat(1000)}]`, 'c.yaml')
    expect((value as { b: unknown[] }).b).toEqual(Array.from({ length: 1000 }, () => '007'))
  })

  it('keeps numbers as they are written', () => {
    expect(parseYaml('mode: 0640\nname: 1.10\nbig: 12345678901234567890\nyes: true', 'c.yaml').value).toEqual({
      mode: '0640',
      name: '1.10',
      big: '12345678901234567890',
      yes: true,
    })
  })

  it('finds where a key or an item begins, also behind an alias', () => {
    const document = parseYaml('a: &a\n  b: 1\nc:\n  - x: 1\n  - *a\n', 'c.yaml')
    expect(document.placeOf(['a', 'b'])).toEqual({ line: 2, column: 3 })
    expect(document.placeOf(['c', 0, 'x'])).toEqual({ line: 4, column: 5 })
    expect(document.placeOf(['c', 1, 'b'])).toEqual({ line: 2, column: 3 })
    expect(document.placeOf(['c', 0, 'missing'])).toEqual({ line: 4, column: 5 })
  })
})
