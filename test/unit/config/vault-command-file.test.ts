import { expect, test } from 'vitest'
import { parseVaultCommandFile } from '../../../src/config/vault-command-file.ts'
import { thrownBy } from './support.ts'

test.each([
  'token_helper = "/opt/helper"',
  'token_helper="/opt/helper"\n',
  '"token_helper" = "/opt/helper"',
  '# a comment\n// one more\n/* and\none */ token_helper = "/opt/helper" # the end\n',
  '{"token_helper": "/opt/helper"}',
])('%j names the helper', (text) => {
  expect(parseVaultCommandFile(text, '/f')).toBe('/opt/helper')
})

test('a path may look like a comment and hold quotes', () => {
  expect(parseVaultCommandFile(String.raw`token_helper = "/opt//a#b \"c\""`, '/f')).toBe('/opt//a#b "c"')
})

test.each(['', '# token_helper = "/opt/helper"', '{}'])('%j names none', (text) => {
  expect(parseVaultCommandFile(text, '/f')).toBeUndefined()
})

test.each([
  'token_helper = /opt/helper',
  'token_helper = ""x',
  'other = "x"',
  '{"other": "x"}',
  '{"token_helper": 1}',
  '{',
])('%j is refused by the name of the file', (text) => {
  expect(thrownBy(() => parseVaultCommandFile(text, '/f'))).toMatchObject({
    exitCode: 3,
    message: "the vault CLI's file /f is not understood",
  })
})
