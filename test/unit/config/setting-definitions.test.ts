import { describe, expect, test } from 'vitest'
import { parseSetting, type Origin } from '../../../src/config/parse-setting.ts'
import { settingDefinitions, settingKeys, type SettingKey } from '../../../src/config/setting-definitions.ts'
import type { RawValue } from '../../../src/config/setting-parsers.ts'
import { ConfigError, UsageError } from '../../../src/core/errors.ts'
import { Duration } from '../../../src/core/duration.ts'
import { thrownBy } from './support.ts'

const flag: Origin = { kind: 'flag', source: '--some-flag' }
const variable: Origin = { kind: 'variable', source: 'SOME_VARIABLE' }

test('every flag is its key in kebab case', () => {
  const flags = settingKeys.map((key) => settingDefinitions[key].flag)
  expect(flags).toEqual(settingKeys.map((key) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)))
})

test('variables of OpenBao go before those of Vault', () => {
  const pairs = settingKeys.map((key) => settingDefinitions[key].vaultVariables).filter((names) => names.length > 0)
  for (const names of pairs) expect(names).toEqual([names[1]!.replace(/^VAULT_/, 'BAO_'), names[1]])
})

test('every default is valid', () => {
  const defaults = settingKeys.map((key) => [key, settingDefinitions[key].default] as const)
  for (const [key, raw] of defaults)
    if (raw !== undefined) parseSetting(key, raw, { kind: 'default', source: 'default' })
  expect(defaults.filter(([, raw]) => raw !== undefined).map(([key]) => key)).toEqual([
    'mount',
    'tlsSkipVerify',
    'timeout',
    'maxRetries',
    'allowRedirectHost',
    'logLevel',
  ])
})

const valid: readonly (readonly [SettingKey, RawValue, unknown])[] = [
  ['issuer', 'local', 'local'],
  ['namespace', '/team/dev/', 'team/dev'],
  ['mount', 'pki_int/', 'pki_int'],
  ['ttl', '1h30m', Duration.ofSeconds(5400)],
  ['timeout', '90', Duration.ofSeconds(90)],
  ['maxRetries', '0', 0],
  ['tlsSkipVerify', true, true],
  ['tlsSkipVerify', 'T', true],
  ['tlsSkipVerify', '0', false],
  ['allowRedirectHost', ['Other.Example:8200', '[::1]:443'], ['other.example:8200', '[::1]:443']],
  ['logLevel', 'trace', 'trace'],
]

test.each(valid)('%s takes %j', (key, raw, value) => {
  expect(parseSetting(key, raw, flag)).toEqual(value)
})

const invalid: readonly (readonly [SettingKey, RawValue])[] = [
  ['issuer', 'acme'],
  ['address', ''],
  ['address', true],
  ['namespace', 'a//b'],
  ['namespace', 'a\nb'],
  ['mount', '../sys'],
  ['mount', '/'],
  ['role', 'a/b'],
  ['role', 'a?b'],
  ['ttl', '30x'],
  ['ttl', '0'],
  ['timeout', '25h'],
  ['maxRetries', '-1'],
  ['maxRetries', '1.5'],
  ['tlsSkipVerify', 'yes'],
  ['caCert', 'a\0b'],
  ['allowRedirectHost', ['other.example']],
  ['allowRedirectHost', ['other.example:0']],
  ['allowRedirectHost', ['other.example:65536']],
  ['allowRedirectHost', ['https://other.example:8200']],
  ['logFormat', 'xml'],
]

test.each(invalid)('%s refuses %j and says how to write it', (key, raw) => {
  expect(thrownBy(() => parseSetting(key, raw, flag))).toMatchObject({ hint: expect.stringMatching(/./) as string })
})

describe('the error about an invalid value', () => {
  test('is a usage error for a flag', () => {
    const error = thrownBy(() => parseSetting('timeout', 'soon', flag))
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ message: '--some-flag is invalid: "soon" is no duration', exitCode: 2 })
  })

  test('is an error of configuration for a variable', () => {
    const error = thrownBy(() => parseSetting('timeout', 'soon', variable))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ message: 'SOME_VARIABLE is invalid: "soon" is no duration', exitCode: 3 })
  })

  test('names key and profile', () => {
    const error = thrownBy(() => parseSetting('timeout', 'soon', { kind: 'profile', source: 'profile "prod"' }))
    expect(error).toMatchObject({ message: 'timeout in profile "prod" is invalid: "soon" is no duration', exitCode: 3 })
  })

  test('shows no more of a long value than is needed to find it', () => {
    const error = thrownBy(() => parseSetting('role', 'a/'.repeat(500), flag)) as Error
    expect(error.message.length).toBeLessThan(160)
  })

  test('is of configuration, and without the password, for an address with one, also from a flag', () => {
    const error = thrownBy(() => parseSetting('address', 'https://me:hunter2@vault', flag))
    expect(error).toMatchObject({
      exitCode: 3,
      message: '--some-flag is invalid: the address has a user or password in it',
    })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })
})
