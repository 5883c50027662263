import { expect, test } from 'vitest'
import { usageWords } from '../../../src/cli/usage-words.ts'

test('the lines around what a flag says of its value are dropped', () => {
  const wrapped = 'Parsing --min-ttl \n\t--min-ttl soon is not a duration\nSee more help with --help'
  expect(usageWords(wrapped)).toBe('--min-ttl soon is not a duration')
})

test('a sentence begins in lower case and ends without a full stop', () => {
  expect(usageWords('Nonexistent flag: --rolle\nSee more help with --help')).toBe('nonexistent flag: --rolle')
  expect(usageWords('Flag --ttl expects a value.')).toBe('flag --ttl expects a value')
})

test('missing arguments are named as help names them', () => {
  const note =
    'Note: --san and --profile allow multiple values. Because of this you need to provide all arguments before.\nAlternatively, you can use "--" to end the flags.'
  expect(usageWords(`Missing 1 required arg:\nname  the profile\n${note}`)).toBe('NAME is missing')
  expect(usageWords('Missing 2 required args:\nfrom  a\nto    b')).toBe('FROM and TO are missing')
  expect(usageWords('Missing 1 required arg:\nserial  a number that is\n        long\n')).toBe('SERIAL is missing')
})

test('a word too many behind a command is told as it was typed', () => {
  expect(usageWords('command local:ca:extra not found')).toBe('"local ca extra" is no command of certctl')
})

test('a switch is named without a value', () => {
  const text = 'The following error occurred:\n  --linger=true cannot also be provided when using --once'
  expect(usageWords(text)).toBe('--linger cannot also be provided when using --once')
})

test('a flag whose value has no text of its own is named without it', () => {
  const text =
    'The following error occurred:\n  --increment=[object Object] cannot also be provided when using --status'
  expect(usageWords(text)).toBe('--increment cannot also be provided when using --status')
})

test('a flag that is missing is named as it is typed', () => {
  const text = 'The following error occurred:\n  Missing required flag image\nSee more help with --help'
  expect(usageWords(text)).toBe('--image is required')
})
