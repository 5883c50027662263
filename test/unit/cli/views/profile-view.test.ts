import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { effectiveText, profileListText, profileText } from '../../../../src/cli/views/profile-view.ts'

describe('the list of profiles', () => {
  it('marks the one in use', () => {
    const profiles = new Map([
      ['prod', { address: 'https://vault.corp:8200', role: 'web' }],
      ['home', { issuer: 'local' }],
      ['new', {}],
    ])
    expect(stripVTControlCharacters(profileListText({ current: 'prod', profiles })).split('\n')).toEqual([
      '   NAME  ISSUER                   ROLE',
      '*  prod  https://vault.corp:8200  web',
      '   home  local',
      '   new',
      '',
    ])
  })

  it('says how to make one when there is none', () => {
    expect(profileListText({ current: undefined, profiles: new Map() })).toContain('certctl profile set NAME')
  })
})

describe('a profile', () => {
  it('is shown as the flags that would say the same', () => {
    const values = { address: 'https://vault', tlsSkipVerify: true, allowRedirectHost: ['a:1', 'b:2'] }
    expect(stripVTControlCharacters(profileText('prod', values)).split('\n')).toEqual([
      'prod',
      '--address              https://vault',
      '--tls-skip-verify      true',
      '--allow-redirect-host  a:1, b:2',
      '',
    ])
  })

  it('may be empty', () => {
    expect(stripVTControlCharacters(profileText('prod', {}))).toBe('prod\nempty\n')
  })

  it('has control characters escaped', () => {
    expect(profileText('prod', { role: 'x\u001b[2Jy' })).toContain(String.raw`x\u{1b}[2Jy`)
  })
})

it('shows where each setting comes from', () => {
  const text = effectiveText([{ key: 'address', value: 'https://vault', source: 'VAULT_ADDR' }])
  expect(stripVTControlCharacters(text)).toBe('SETTING  VALUE          FROM\naddress  https://vault  VAULT_ADDR\n')
})
