import { describe, expect, it } from 'vitest'
import { jsonText } from '../../../src/cli/json-text.ts'

describe('jsonText', () => {
  it('is indented and ends in a line break', () => {
    expect(jsonText({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}\n')
  })

  it.each([
    '\u001b[2J',
    '\u007f',
    '\u009b31m',
    'a\u202eb',
    '\u2028',
    '\u2029',
    '\u{e0041}',
    '\ufeff',
    '\ud83d',
    'a\nb',
  ])('holds no unprintable character, and reads back as it was: %j', (text) => {
    const written = jsonText({ [text]: text })
    expect(written.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/)
    expect(JSON.parse(written)).toEqual({ [text]: text })
  })

  it('leaves the letters of all scripts', () => {
    expect(jsonText('ünï 日本 \u{1f600}')).toBe('"ünï 日本 \u{1f600}"\n')
  })
})
