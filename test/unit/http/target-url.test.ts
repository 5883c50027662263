import { describe, expect, it } from 'vitest'
import { hostAndPort, serverName, targetUrl } from '../../../src/http/target-url.ts'

describe('targetUrl', () => {
  it.each([
    ['https://vault.example:8200', 'v1/sys/health', 'https://vault.example:8200/v1/sys/health'],
    ['https://vault.example/', '/v1/sys/health', 'https://vault.example/v1/sys/health'],
    ['https://gate.example/vault', 'v1/sys/health', 'https://gate.example/vault/v1/sys/health'],
    ['https://gate.example/a/b//', 'v1/certs?list=true', 'https://gate.example/a/b/v1/certs?list=true'],
    ['unix:///run/vault.sock', 'v1/sys/health', 'http://localhost/v1/sys/health'],
    ['https://vault.example', 'v1/x?a=1?b=2', 'https://vault.example/v1/x?a=1?b=2'],
  ])('puts %s before %s', (address, path, url) => {
    expect(targetUrl(new URL(address), path).href).toBe(url)
  })

  it.each(['//evil.example/v1/x', 'https://evil.example/v1/x', '\\\\evil.example', '@evil.example', ':9/v1'])(
    'stays on the host with the path %s',
    (path) => {
      expect(targetUrl(new URL('https://vault.example:8200'), path).host).toBe('vault.example:8200')
    },
  )
})

describe('serverName', () => {
  it('shows neither path nor query', () => {
    const address = new URL('https://vault.example:8200/prefix')
    expect(serverName(address, targetUrl(address, 'v1/x?secret=1'))).toBe('https://vault.example:8200')
  })

  it('names a socket by its path', () => {
    const address = new URL('unix:///run/my%20vault.sock')
    expect(serverName(address, targetUrl(address, 'v1/x'))).toBe('unix:///run/my vault.sock')
  })
})

describe('hostAndPort', () => {
  it.each([
    ['https://Vault.Example/', 'vault.example:443'],
    ['http://vault.example/', 'vault.example:80'],
    ['https://[::1]:8200/', '[::1]:8200'],
  ])('of %s is %s', (url, expected) => {
    expect(hostAndPort(new URL(url))).toBe(expected)
  })
})
