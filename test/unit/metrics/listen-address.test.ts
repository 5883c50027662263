import { describe, expect, it } from 'vitest'
import { formatListenAddress, parseListenAddress } from '../../../src/metrics/listen-address.ts'

describe('parseListenAddress', () => {
  it.each([
    [':9187', '127.0.0.1', 9187],
    ['9187', '127.0.0.1', 9187],
    ['0.0.0.0:9187', '0.0.0.0', 9187],
    ['localhost:0', 'localhost', 0],
    ['[::1]:9187', '::1', 9187],
    ['[::]:65535', '::', 65535],
  ])('reads %s', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port })
  })

  it.each([
    '',
    ':',
    'localhost',
    '127.0.0.1',
    '127.0.0.1:',
    ':65536',
    ':-1',
    ':x',
    '::1:9187',
    '[nothing]:1',
    '[]:1',
    '*:9187',
  ])('does not take %j', (text) => {
    expect(parseListenAddress(text)).toBeUndefined()
  })

  it.each(['256.0.0.1:80', '127.0.1:80'])('does not take %s, a mistyped IPv4 address, for a name', (text) => {
    expect(parseListenAddress(text)).toBeUndefined()
  })
})

describe('formatListenAddress', () => {
  it('puts IPv6 into brackets', () => {
    expect(formatListenAddress({ host: '::1', port: 1 })).toBe('[::1]:1')
    expect(formatListenAddress({ host: '127.0.0.1', port: 1 })).toBe('127.0.0.1:1')
  })
})
