import { describe, expect, test } from 'vitest'
import {
  issuerKind,
  requireAddress,
  requireRole,
  resolveSettingsPerProfile,
  type SettingsInput,
} from '../../../src/config/settings.ts'
import { Duration } from '../../../src/core/duration.ts'
import { savedProfiles, settingsWith, thrownBy } from './support.ts'

const profiles = savedProfiles(
  { prod: { address: 'https://prod:8200' }, test: { address: 'https://test:8200' } },
  'test',
)

describe('the source of a value', () => {
  const environment = {
    CERTCTL_VAULT_ADDR: 'https://own:8200',
    CERTCTL_PROFILE: 'prod',
    BAO_ADDR: 'https://bao:8200',
    VAULT_ADDR: 'https://vault:8200',
  }
  const without = (...names: readonly string[]) =>
    Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)))

  test.each([
    ['a flag goes before all', { flags: { address: 'https://flag:8200' }, environment, profiles }, '--address', 'flag'],
    ['a CERTCTL_ variable goes before a named profile', { environment, profiles }, 'CERTCTL_VAULT_ADDR', 'own'],
    [
      'a profile named by a variable goes before BAO_ and VAULT_',
      { environment: without('CERTCTL_VAULT_ADDR'), profiles },
      'profile "prod"',
      'prod',
    ],
    [
      'a profile named by the flag goes before one named by the variable',
      { environment: without('CERTCTL_VAULT_ADDR'), profiles, profileNames: ['test'] },
      'profile "test"',
      'test',
    ],
    [
      'BAO_ goes before VAULT_ and the profile in use',
      { environment: without('CERTCTL_VAULT_ADDR', 'CERTCTL_PROFILE'), profiles },
      'BAO_ADDR',
      'bao',
    ],
    [
      'VAULT_ goes before the profile in use, and an empty BAO_ counts as not set',
      { environment: { BAO_ADDR: '', VAULT_ADDR: 'https://vault:8200' }, profiles },
      'VAULT_ADDR',
      'vault',
    ],
    ['the profile in use comes last', { profiles }, 'profile "test"', 'test'],
  ] satisfies [string, Partial<SettingsInput>, string, string][])('%s', (_title, input, source, host) => {
    const { address } = settingsWith(input)
    expect(address?.source).toBe(source)
    expect(address?.value.hostname).toBe(host)
  })

  test('is "default" when nothing else sets it', () => {
    const settings = settingsWith({})
    expect(settings.mount).toEqual({ value: 'pki', source: 'default' })
    expect(settings.timeout).toEqual({ value: Duration.ofSeconds(30), source: 'default' })
    expect(settings.maxRetries.value).toBe(2)
    expect(settings.tlsSkipVerify.value).toBe(false)
    expect(settings.allowRedirectHost.value).toEqual([])
    expect(settings.logLevel.value).toBe('info')
    expect(settings.address).toBeUndefined()
    expect(settings.ttl).toBeUndefined()
  })

  test('a switch turned off by a flag goes before one turned on by a variable', () => {
    const settings = settingsWith({ flags: { tlsSkipVerify: false }, environment: { VAULT_SKIP_VERIFY: 'true' } })
    expect(settings.tlsSkipVerify).toEqual({ value: false, source: '--tls-skip-verify' })
  })
})

describe('an invalid value', () => {
  test('does no harm when it is overridden', () => {
    const environment = { VAULT_ADDR: 'nonsense', VAULT_CLIENT_TIMEOUT: 'soon' }
    const settings = settingsWith({ flags: { address: 'https://flag:8200', timeout: '5s' }, environment })
    expect(settings.address?.value.hostname).toBe('flag')
    expect(settings.timeout.value).toEqual(Duration.ofSeconds(5))
  })

  test('of a variable is told when it is asked for', () => {
    const settings = settingsWith({ environment: { VAULT_SKIP_VERIFY: 'yes' } })
    expect(thrownBy(() => settings.tlsSkipVerify)).toMatchObject({ exitCode: 3, hint: 'write true or false' })
  })

  test('of a flag is told at once', () => {
    expect(thrownBy(() => settingsWith({ flags: { timeout: 'soon' } }))).toMatchObject({ exitCode: 2 })
  })
})

describe('a profile that does not exist', () => {
  test('is told with those that do', () => {
    const error = thrownBy(() => settingsWith({ profiles, profileNames: ['stage'] }))
    expect(error).toMatchObject({
      exitCode: 3,
      message: 'profile "stage" (--profile) does not exist',
      hint: 'known profiles: prod, test',
    })
  })

  test('names the variable that named it', () => {
    const error = thrownBy(() => settingsWith({ environment: { CERTCTL_PROFILE: 'stage' } }))
    expect(error).toMatchObject({ exitCode: 3, message: 'profile "stage" (CERTCTL_PROFILE) does not exist' })
  })
})

describe('what is required', () => {
  test('is an address, a role', () => {
    const settings = settingsWith({})
    expect(thrownBy(() => requireAddress(settings))).toMatchObject({ message: 'addr is required', exitCode: 3 })
    expect(thrownBy(() => requireRole(settings))).toMatchObject({ message: 'role is required', exitCode: 3 })
  })

  test('is given back when it is there', () => {
    const settings = settingsWith({ flags: { role: 'web' }, environment: { VAULT_ADDR: 'http://localhost:8200' } })
    expect(requireAddress(settings).value.port).toBe('8200')
    expect(requireRole(settings)).toEqual({ value: 'web', source: '--role' })
  })
})

describe('the kind of issuer', () => {
  test('is vault when an address is known', () => {
    const settings = settingsWith({ environment: { VAULT_ADDR: 'https://vault:8200' } })
    expect(issuerKind(settings)).toEqual({ value: 'vault', source: 'VAULT_ADDR' })
  })

  test('is what was asked for, and then a bad address does no harm', () => {
    const settings = settingsWith({ environment: { CERTCTL_ISSUER: 'local', VAULT_ADDR: 'nonsense' } })
    expect(issuerKind(settings)).toEqual({ value: 'local', source: 'CERTCTL_ISSUER' })
  })

  test('is unknown without either, and the error names both ways', () => {
    const error = thrownBy(() => issuerKind(settingsWith({})))
    expect(error).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/--address.*VAULT_ADDR.*--issuer local/) as string,
    })
  })
})

describe('several profiles at once', () => {
  const input = { flags: {}, environment: {}, profiles, profileNames: ['prod', 'test'] }

  test('each take what concerns the connection from themselves alone', () => {
    const environment = { VAULT_ADDR: 'https://vault:8200', VAULT_NAMESPACE: 'team', CERTCTL_PROFILE: 'prod' }
    const all = resolveSettingsPerProfile({ ...input, environment })
    expect(all.map(({ address }) => address?.value.hostname)).toEqual(['prod', 'test'])
    expect(all.map(({ namespace }) => namespace)).toEqual([undefined, undefined])
  })

  test('share what concerns the log', () => {
    const all = resolveSettingsPerProfile({
      ...input,
      flags: { logLevel: 'debug' },
      environment: { CERTCTL_LOG_FORMAT: 'json' },
    })
    expect(all.map(({ logLevel, logFormat }) => [logLevel.value, logFormat?.value])).toEqual([
      ['debug', 'json'],
      ['debug', 'json'],
    ])
  })

  test.each([
    ['--address', { flags: { address: 'https://a' } }],
    ['--token-file', { flags: { tokenFile: '/t' } }],
    ['--timeout', { flags: { timeout: '5s' } }],
    ['CERTCTL_VAULT_ADDR', { environment: { CERTCTL_VAULT_ADDR: 'https://a' } }],
    ['CERTCTL_VAULT_TOKEN', { environment: { CERTCTL_VAULT_TOKEN: 't' } }],
    ['CERTCTL_VAULT_TOKEN_FILE', { environment: { CERTCTL_VAULT_TOKEN_FILE: '/t' } }],
  ])('refuse %s, which would set one for all', (name, part) => {
    const error = thrownBy(() => resolveSettingsPerProfile({ ...input, ...part }))
    expect(error).toMatchObject({ exitCode: 2, message: `${name} would set the same for all of several profiles` })
  })

  test('are each named in what they lack', () => {
    const [, lacking] = resolveSettingsPerProfile({
      ...input,
      profiles: savedProfiles({ prod: { address: 'https://prod' }, test: {} }),
    })
    expect(thrownBy(() => requireAddress(lacking!))).toMatchObject({ message: 'addr is required for profile "test"' })
  })

  test('must differ', () => {
    expect(thrownBy(() => resolveSettingsPerProfile({ ...input, profileNames: ['prod', 'prod'] }))).toMatchObject({
      exitCode: 2,
    })
  })

  test('are refused where only one can be meant', () => {
    expect(thrownBy(() => settingsWith({ profiles, profileNames: ['prod', 'test'] }))).toMatchObject({ exitCode: 2 })
  })

  test('are not several when there is one: variables count as ever', () => {
    const environment = { CERTCTL_VAULT_ADDR: 'https://own' }
    const all = resolveSettingsPerProfile({ ...input, environment, profileNames: ['prod'] })
    expect(all.map(({ address }) => address?.source)).toEqual(['CERTCTL_VAULT_ADDR'])
  })
})
