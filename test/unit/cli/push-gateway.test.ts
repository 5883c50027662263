import { Parser } from '@oclif/core'
import { describe, expect, it } from 'vitest'
import { pushGatewayFlag } from '../../../src/cli/push-gateway.ts'
import { ConfigError, UsageError } from '../../../src/core/errors.ts'

async function parse(text: string): Promise<string | undefined> {
  const { flags } = await Parser.parse(['--push-gateway', text], { flags: { 'push-gateway': pushGatewayFlag() } })
  return flags['push-gateway']?.href
}

describe('--push-gateway', () => {
  it.each(['http://gw:9091/', 'https://gw.example.com/push', 'http://[::1]:9091/metrics/job/ci'])(
    'takes %s',
    async (url) => {
      expect(await parse(url)).toBe(url)
    },
  )

  it.each(['gw:9091', 'gw', 'ftp://gw', 'unix:///run/gw.sock', ''])('refuses %j as a usage error', async (text) => {
    await expect(parse(text)).rejects.toThrow(UsageError)
  })

  it.each([
    ['http://me:s3cret@gw', ConfigError],
    ['http://me@gw', ConfigError],
    ['me:s3cret@gw', ConfigError],
    ['http://gw?token=s3cret', UsageError],
    ['http://gw#s3cret', UsageError],
  ])('refuses %s, which may hold a credential, without showing it', async (text, ErrorClass) => {
    const refused = parse(text)
    await expect(refused).rejects.toThrow(ErrorClass)
    await expect(refused).rejects.not.toThrow(/s3cret/)
  })
})
