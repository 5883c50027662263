import { describe, expect, it } from 'vitest'
import { commandWord, unitFile, unitWord } from '../../../../src/generate/systemd/unit-text.ts'

describe('a word of a unit', () => {
  it.each([
    ['/etc/tls', '/etc/tls'],
    ['-/etc/tls', '-/etc/tls'],
    ['/a b', '"/a b"'],
    ['/100%', '/100%%'],
    ['/say "hi" \\o/', String.raw`"/say \"hi\" \\o/"`],
    ["/it's", `"/it's"`],
    ['', '""'],
    ['/$HOME', '/$HOME'],
  ])('%s is written %s', (text, word) => {
    expect(unitWord(text)).toBe(word)
  })

  it('keeps a dollar sign from being a variable on a command line', () => {
    expect(commandWord('/$HOME/50% a')).toBe('"/$$HOME/50%% a"')
  })
})

describe('a unit', () => {
  it('has its header as comments, its sections apart, and nothing of what is left out', () => {
    const sections = [
      { name: 'Unit', lines: ['Description=x', undefined] },
      { name: 'Service', lines: [undefined, 'Type=exec'] },
    ]
    expect(unitFile('x.service', ['one', '', undefined, 'two'], sections)).toEqual({
      name: 'x.service',
      content: '# one\n#\n# two\n\n[Unit]\nDescription=x\n\n[Service]\nType=exec\n',
    })
  })
})
