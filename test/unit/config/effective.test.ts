import { expect, test } from 'vitest'
import { effective } from '../../../src/config/effective.ts'
import { locateToken } from '../../../src/config/token-source.ts'
import { savedProfiles, settingsWith } from './support.ts'

const io = { readStdin: () => Promise.resolve(''), warn: () => undefined }

test('every value is listed as it was written, with its source', () => {
  const settings = settingsWith({
    flags: { ttl: '90m' },
    environment: { VAULT_ADDR: 'https://vault:8200' },
    profiles: savedProfiles({ prod: { role: 'web', allowRedirectHost: ['a:1', 'b:2'] } }, 'prod'),
  })
  expect(effective(settings)).toEqual([
    { key: 'address', value: 'https://vault:8200', source: 'VAULT_ADDR' },
    { key: 'mount', value: 'pki', source: 'default' },
    { key: 'role', value: 'web', source: 'profile "prod"' },
    { key: 'ttl', value: '90m', source: '--ttl' },
    { key: 'tlsSkipVerify', value: 'false', source: 'default' },
    { key: 'timeout', value: '30s', source: 'default' },
    { key: 'maxRetries', value: '2', source: 'default' },
    { key: 'allowRedirectHost', value: 'a:1, b:2', source: 'profile "prod"' },
    { key: 'logLevel', value: 'info', source: 'default' },
  ])
})

test('a token shows only where it comes from', async () => {
  const settings = settingsWith({ environment: { VAULT_TOKEN: 'hvs.planted' } })
  const listed = effective(settings, await locateToken(settings, io))
  expect(listed).toContainEqual({ key: 'token', value: '[redacted]', source: 'VAULT_TOKEN' })
  expect(JSON.stringify(listed)).not.toContain('planted')
})

test('a token file shows its path', async () => {
  const settings = settingsWith({ flags: { tokenFile: '/run/token' } })
  const listed = effective(settings, await locateToken(settings, io))
  expect(listed).toContainEqual({ key: 'token', value: '/run/token', source: '--token-file' })
})

test('a CA in a variable is told, but not spelled out', () => {
  const settings = settingsWith({ environment: { VAULT_CACERT_BYTES: 'PEM text' } })
  expect(effective(settings)).toContainEqual({ key: 'caCertBytes', value: '(PEM)', source: 'VAULT_CACERT_BYTES' })
})
