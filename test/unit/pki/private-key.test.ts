import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { generatePrivateKey, keyTypes, parsePrivateKey } from '../../../src/pki/private-key.ts'
import { openssl } from '../../support/openssl.ts'

describe('generatePrivateKey', () => {
  it.each(keyTypes)('makes a key of type %s that openssl accepts', async (type) => {
    const key = await generatePrivateKey(type)
    expect(key.keyType).toBe(type)
    expect(key.pem.reveal()).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^]+-----END PRIVATE KEY-----\n$/)
    expect(openssl(['pkey', '-noout', '-check', '-in', 'k.pem'], { 'k.pem': key.pem.reveal() })).toContain('is valid')
  })

  it('never shows the key when it is printed', async () => {
    const key = await generatePrivateKey('ec256')
    const body = key.pem.reveal().split('\n')[1]!
    expect(`${inspect(key, { depth: 5 })} ${JSON.stringify(key)} ${String(key.pem)}`).not.toContain(body)
  })
})

describe('parsePrivateKey', () => {
  it.each([
    ['PKCS#8', 'BEGIN PRIVATE KEY', ['genpkey', '-algorithm', 'ed25519'], 'ed25519'],
    ['PKCS#1', 'BEGIN RSA PRIVATE KEY', ['genrsa', '-traditional', '2048'], 'rsa2048'],
    ['SEC1 with parameters', 'BEGIN EC PARAMETERS', ['ecparam', '-name', 'secp384r1', '-genkey'], 'ec384'],
  ])('reads %s', (_, marker, command, type) => {
    const text = openssl(command)
    expect(text).toContain(marker)
    const key = parsePrivateKey(text, 'k.pem')
    expect(key.keyType).toBe(type)
    expect(key.pem.reveal()).toContain('BEGIN PRIVATE KEY')
  })

  it('finds the key in a file that also holds certificates', async () => {
    const key = await generatePrivateKey('ec256')
    const text = `-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\r\n${key.pem.reveal()}`
    expect(parsePrivateKey(text, 'all.pem').pem.equals(key.pem)).toBe(true)
  })

  it.each([
    ['rsa1024', ['genrsa', '1024']],
    ['ec224', ['ecparam', '-name', 'secp224r1', '-genkey']],
    ['ec-secp256k1', ['ecparam', '-name', 'secp256k1', '-genkey']],
    ['ed448', ['genpkey', '-algorithm', 'ed448']],
  ])('names a type outside of the list: %s', (type, command) => {
    expect(parsePrivateKey(openssl(command), 'k.pem').keyType).toBe(type)
  })

  it.each([
    ['text', 'hello', 'k.pem is no private key'],
    ['nothing', '', 'k.pem is no private key'],
    [
      'a public key',
      openssl(['pkey', '-pubout', '-in', 'k'], { k: openssl(['genpkey', '-algorithm', 'ed25519']) }),
      'no private key',
    ],
    ['a broken key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'k.pem is broken'],
    [
      'an encrypted key',
      openssl(['genpkey', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:x']),
      'k.pem is encrypted',
    ],
    [
      'an encrypted PKCS#1 key',
      openssl(['genrsa', '-traditional', '-aes256', '-passout', 'pass:x', '2048']),
      'k.pem is encrypted',
    ],
    ['a key that cannot sign', openssl(['genpkey', '-algorithm', 'x25519']), 'k.pem is a key of type x25519'],
  ])('refuses %s and names the file', (_, text, message) => {
    expect(() => parsePrivateKey(text, 'k.pem')).toThrow(FileError)
    expect(() => parsePrivateKey(text, 'k.pem')).toThrow(message)
  })
})

describe('isFor', () => {
  it.each(['ec256', 'rsa2048', 'ed25519'] as const)(
    'knows its own public key from another of type %s',
    async (type) => {
      const [key, other] = [await generatePrivateKey(type), await generatePrivateKey(type)]
      expect(key.isFor(key)).toBe(true)
      expect(key.isFor(other)).toBe(false)
    },
  )

  it('says no, and does not throw, for a key of another kind', async () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    expect((await generatePrivateKey('ec256')).isFor({ publicKey })).toBe(false)
  })
})
