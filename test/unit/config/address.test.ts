import { describe, expect, test } from 'vitest'
import { isLoopback, parseAddress } from '../../../src/config/address.ts'

describe('an address', () => {
  test.each(['https://vault.example:8200', 'http://127.0.0.1:8200/', 'https://proxy/vault/', 'unix:///run/vault.sock'])(
    '%s is taken',
    (text) => {
      expect(parseAddress(text)).toEqual({ value: new URL(text) })
    },
  )

  test.each(['localhost:8200', '127.0.0.1:8200', 'vault.example', 'https:vault.example'])(
    '%s lacks a scheme, and the hint writes it with one',
    (text) => {
      expect(parseAddress(text)).toEqual({ problem: 'has no scheme', hint: `write https://${text}` })
    },
  )

  test.each([
    'https://me:hunter2@vault',
    'https://me@vault',
    'me:hunter2@vault:8200',
    'https://me:hun/ter2@vault:8200',
  ])('%s has a user in it and is not to be shown', (text) => {
    const parsed = parseAddress(text)
    expect(parsed).toMatchObject({ problem: 'the address has a user or password in it', holdsSecret: true })
    expect(JSON.stringify(parsed)).not.toContain('hun')
  })

  test('a path may hold an @', () => {
    expect(parseAddress('https://vault/a@b')).toEqual({ value: new URL('https://vault/a@b') })
  })

  test.each(['https://vault/?token=hunter2', 'https://vault/#hunter2'])('%s is refused without being shown', (text) => {
    expect(parseAddress(text)).toMatchObject({ problem: 'the address has a query or a fragment', holdsSecret: true })
  })

  test.each(['ftp://vault', 'https://', 'https://a b', 'unix://run/vault.sock', 'unix:///'])(
    '%s is no address',
    (text) => {
      expect(parseAddress(text)).toHaveProperty('problem')
    },
  )
})

test.each([
  'http://127.0.0.1',
  'http://127.9.8.7:1',
  'http://[::1]:80',
  'http://localhost',
  'http://localhost.',
  'unix:///s',
])('%s is loopback', (text) => {
  expect(isLoopback(new URL(text))).toBe(true)
})

test.each([
  'http://128.0.0.1',
  'http://localhost.example',
  'http://127.0.0.1.example',
  'http://[::2]',
  'http://10.0.0.1',
])('%s is not loopback', (text) => {
  expect(isLoopback(new URL(text))).toBe(false)
})
