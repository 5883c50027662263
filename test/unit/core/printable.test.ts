import { describe, expect, it } from 'vitest'
import { printable } from '../../../src/core/printable.ts'

describe('printable', () => {
  it.each([
    ['a line break', 'a\nb', String.raw`a\nb`],
    ['a carriage return', 'a\rb', String.raw`a\rb`],
    ['a tab', 'a\tb', String.raw`a\tb`],
    ['an escape sequence', '\u001b[31mred\u001b[0m', String.raw`\u{1b}[31mred\u{1b}[0m`],
    ['a null', 'a\u0000b', String.raw`a\u{0}b`],
    ['delete', '\u007f', String.raw`\u{7f}`],
    ['a C1 control', '\u009b2J', String.raw`\u{9b}2J`],
    ['a line separator', 'a\u2028b', String.raw`a\u{2028}b`],
    ['a paragraph separator', 'a\u2029b', String.raw`a\u{2029}b`],
    ['a change of direction', 'a\u202eb', String.raw`a\u{202e}b`],
    ['a zero-width character', 'a\u200bb', String.raw`a\u{200b}b`],
    ['a byte order mark', '\ufeffa', String.raw`\u{feff}a`],
    ['a tag beyond the first plane', '\u{e0041}', String.raw`\u{e0041}`],
    ['half a surrogate pair', 'a\ud83d', String.raw`a\u{d83d}`],
  ])('writes %s as an escape', (_, text, escaped) => {
    expect(printable(text)).toBe(escaped)
  })

  it.each(['', 'plain text', 'ünïcödé', '日本語', '\u{1f600}', String.raw`C:\new`, 'a "quoted" b'])(
    'leaves "%s" as it is',
    (text) => {
      expect(printable(text)).toBe(text)
    },
  )

  it('changes nothing the second time', () => {
    const once = printable('a\u001b\n\u202eb')
    expect(printable(once)).toBe(once)
  })
})
