import { describe, expect, it } from 'vitest'
import { formatEndpoint, parseEndpoint } from '../../../src/probe/endpoint.ts'

describe('an endpoint', () => {
  it.each([
    ['example.com:443', 'example.com', 443],
    ['localhost:8443', 'localhost', 8443],
    ['192.0.2.7:25', '192.0.2.7', 25],
    ['[2001:db8::7]:443', '2001:db8::7', 443],
    ['[fe80::1%eth0]:443', 'fe80::1%eth0', 443],
    ['https://example.com', 'example.com', 443],
    ['https://example.com:8200/v1', 'example.com', 8200],
    ['https://[::1]:8200', '::1', 8200],
  ])('%s is read', (text, host, port) => {
    expect(parseEndpoint(text)).toEqual({ host, port })
  })

  it.each(['example.com', '::1:443', 'a b:443', './file.pem', 'http://example.com', 'host:port', ':443', ''])(
    '%j is none',
    (text) => {
      expect(parseEndpoint(text)).toBeUndefined()
    },
  )

  it.each(['example.com:0', 'example.com:65536', 'example.com:99999'])('%s names no port', (text) => {
    expect(() => parseEndpoint(text)).toThrow('names no port')
  })

  it('is written as it is read', () => {
    expect(formatEndpoint({ host: '::1', port: 443 })).toBe('[::1]:443')
    expect(formatEndpoint({ host: 'example.com', port: 443 })).toBe('example.com:443')
  })
})
