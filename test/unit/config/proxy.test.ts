import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { proxyFor, proxyForOthers } from '../../../src/config/proxy.ts'
import type { Environment } from '../../../src/config/environment.ts'
import { thrownBy } from './support.ts'

const vault = new URL('https://vault.example:8200')
const neverExempt = () => false

function proxy(environment: Environment, url = vault): string | undefined {
  return proxyFor(environment, neverExempt)(url)?.href
}

describe('the standard variables', () => {
  test('hold for their scheme, the lower-case name first', () => {
    const environment = {
      HTTPS_PROXY: 'http://upper:3128',
      https_proxy: 'http://lower:3128',
      HTTP_PROXY: 'http://plain:1',
    }
    expect(proxy(environment)).toBe('http://lower:3128/')
    expect(proxy(environment, new URL('http://vault.example'))).toBe('http://plain:1/')
  })

  test('mean an http proxy when they name no scheme', () => {
    expect(proxy({ HTTPS_PROXY: 'proxy.example:3128' })).toBe('http://proxy.example:3128/')
  })

  test('count as not set when empty', () => {
    expect(proxy({ HTTPS_PROXY: '', https_proxy: '' })).toBeUndefined()
  })

  test.each(['https://localhost:8200', 'https://127.0.0.1:8200', 'https://[::1]:8200', 'unix:///run/vault.sock'])(
    'never hold for %s',
    (url) => {
      expect(proxy({ HTTPS_PROXY: 'http://proxy:3128', HTTP_PROXY: 'http://proxy:3128' }, new URL(url))).toBeUndefined()
    },
  )
})

describe('with NO_PROXY in the environment of the process', () => {
  beforeEach(() => {
    for (const name of ['https_proxy', 'no_proxy', 'all_proxy']) vi.stubEnv(name, '')
    vi.stubEnv('HTTPS_PROXY', 'http://proxy:3128')
    vi.stubEnv('NO_PROXY', '.example,other:8200')
  })
  afterEach(() => vi.unstubAllEnvs())

  test.each([
    ['https://vault.example:8200', undefined],
    ['https://other:8200', undefined],
    ['https://other:8201', 'http://proxy:3128/'],
    ['https://vault.test', 'http://proxy:3128/'],
  ])('%s goes through %s', (url, expected) => {
    expect(proxyFor({ HTTPS_PROXY: 'http://proxy:3128' })(new URL(url))?.href).toBe(expected)
  })
})

test('a proxy for Vault replaces all else, also for loopback and NO_PROXY', () => {
  const environment = { VAULT_PROXY_ADDR: 'http://own:3128', HTTPS_PROXY: 'http://standard:3128' }
  const find = proxyFor(environment, () => true)
  expect(find(vault)?.href).toBe('http://own:3128/')
  expect(find(new URL('http://127.0.0.1:8200'))?.href).toBe('http://own:3128/')
  expect(proxy({ ...environment, BAO_PROXY_ADDR: 'http://bao:3128' })).toBe('http://bao:3128/')
})

test.each(['http://me:hunter2@pro xy', 'socks5://me:hunter2@proxy:1080'])(
  '%s is refused when it is used, by the name of its variable alone',
  (value) => {
    const error = thrownBy(() => proxy({ HTTPS_PROXY: value }))
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringMatching(/^the proxy in HTTPS_PROXY /) as string })
    expect(JSON.stringify(error)).not.toContain('hunter2')
    expect(proxy({ HTTPS_PROXY: value }, new URL('http://vault.example'))).toBeUndefined()
  },
)

test('what replaces everything else for Vault does not for other servers; their own variables count', () => {
  const url = new URL('http://gateway.example.com:9091')
  const vaults = { VAULT_PROXY_ADDR: 'http://vault-proxy:1', BAO_PROXY_ADDR: 'http://bao-proxy:1' }
  expect(proxyForOthers(vaults)(url)).toBeUndefined()
})
