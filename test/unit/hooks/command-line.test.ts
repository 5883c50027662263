import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../../src/hooks/command-line.ts'

describe('a command line', () => {
  it.each([
    ['/usr/bin/true', ['/usr/bin/true']],
    ['mail -s "token ends soon" ops@example.com', ['mail', '-s', 'token ends soon', 'ops@example.com']],
    [String.raw`a 'b "c"' d\ e ""`, ['a', 'b "c"', 'd e', '']],
    ['echo $HOME *.pem; rm -rf / && x | y > z `w` #v', 'echo $HOME *.pem; rm -rf / && x | y > z `w` #v'.split(' ')],
    ['  a \t b \n c ', ['a', 'b', 'c']],
  ])('is taken apart as a shell would, and nothing of it is expanded: %s', (text, words) => {
    expect(parseCommandLine(text)).toEqual(words)
  })

  it.each(['', '   ', '"" a', 'a "b', "a 'b", 'a \\'])('is none without a program, or with an open end: %j', (text) => {
    expect(parseCommandLine(text)).toBeUndefined()
  })
})
