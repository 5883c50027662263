import { expect, test } from 'vitest'
import { connectionWarnings } from '../../../src/config/connection-warnings.ts'
import { settingsWith } from './support.ts'

test('plain http to another host is warned of', () => {
  const warnings = connectionWarnings(settingsWith({ environment: { VAULT_ADDR: 'http://vault:8200' } }))
  expect(warnings).toEqual([expect.stringMatching(/http:\/\/vault:8200 is not encrypted.*VAULT_ADDR/)])
})

test.each(['http://127.0.0.1:8200', 'https://vault:8200', 'unix:///run/vault.sock'])(
  '%s is not warned of',
  (address) => {
    expect(connectionWarnings(settingsWith({ flags: { address } }))).toEqual([])
  },
)

test('a certificate that is not verified is warned of', () => {
  const warnings = connectionWarnings(settingsWith({ environment: { VAULT_SKIP_VERIFY: '1' } }))
  expect(warnings).toEqual([expect.stringMatching(/not verified.*VAULT_SKIP_VERIFY/)])
})
