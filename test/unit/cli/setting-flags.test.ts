import { Parser } from '@oclif/core'
import type { FlagInput } from '@oclif/core/interfaces'
import { describe, expect, it } from 'vitest'
import {
  issuerSettings,
  profileSettings,
  settingFlags,
  settingValues,
  tokenSettings,
} from '../../../src/cli/setting-flags.ts'

async function parse(...argv: readonly string[]): Promise<Record<string, unknown>> {
  const flags = settingFlags(issuerSettings) as FlagInput
  return { ...settingValues((await Parser.parse([...argv], { flags })).flags) }
}

describe('the flags of settings', () => {
  it('are found again under the keys that settings have, as they were typed', async () => {
    const argv = [
      ...['--address', 'https://vault.corp', '--issuer-ref', 'new', '--ttl', '30x', '--tls-skip-verify'],
      ...['--allow-redirect-host', 'a:1', '--allow-redirect-host', 'b:2', '--max-retries', '0', '--log-level', 'debug'],
    ]
    expect(await parse(...argv)).toEqual({
      address: 'https://vault.corp',
      issuerRef: 'new',
      ttl: '30x',
      tlsSkipVerify: true,
      allowRedirectHost: ['a:1', 'b:2'],
      maxRetries: '0',
      logLevel: 'debug',
    })
  })

  it('that are not given are not there, so that other sources count', async () => {
    expect(await parse()).toEqual({})
  })

  it('may turn a switch off, over a profile or variable that turned it on', async () => {
    expect(await parse('--no-tls-skip-verify')).toEqual({ tlsSkipVerify: false })
  })

  it('may hold an empty text', async () => {
    expect(await parse('--namespace', '')).toEqual({ namespace: '' })
  })

  it.each([
    ['--issuer', 'acme'],
    ['--log-level', 'loud'],
    ['--log-format', 'xml'],
  ])('%s takes no other word than its own', async (flag, word) => {
    await expect(parse(flag, word)).rejects.toThrow(`Expected ${flag}=${word} to be one of`)
  })

  it('never are one for the token itself', () => {
    expect(Object.keys(settingFlags(issuerSettings))).not.toContain('token')
    expect(Object.keys(settingFlags(issuerSettings))).toContain('token-file')
  })

  it('name the variables that stand for them', () => {
    const { address } = settingFlags(['address']) as Record<string, { description: string }>
    expect(address?.description).toMatch(/\[CERTCTL_VAULT_ADDR, BAO_ADDR, VAULT_ADDR\]$/)
  })

  it('are as many as a command has use for', () => {
    expect(tokenSettings).not.toContain('role')
    expect(issuerSettings).toEqual(expect.arrayContaining([...tokenSettings, 'mount', 'role', 'issuerRef', 'ttl']))
    expect(profileSettings).not.toContain('logLevel')
  })
})
