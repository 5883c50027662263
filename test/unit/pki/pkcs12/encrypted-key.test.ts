import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../../src/core/secret.ts'
import { formatEncryptedKey } from '../../../../src/pki/pkcs12/encrypted-key.ts'
import { generatePrivateKey, type KeyType } from '../../../../src/pki/private-key.ts'
import { openssl } from '../../../support/openssl.ts'

const password = new Secret('correct horse')

describe('an encrypted key', () => {
  it.each<KeyType>(['ec384', 'rsa2048', 'ed25519'])('of type %s is read with its password alone', async (type) => {
    const key = await generatePrivateKey(type)
    const pem = await formatEncryptedKey(key, password)
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
    expect(createPrivateKey({ key: pem, passphrase: password.reveal() }).equals(key.keyObject)).toBe(true)
    expect(openssl(['pkey', '-in', 'k.pem', '-passin', `pass:${password.reveal()}`], { 'k.pem': pem })).toBe(
      key.pem.reveal(),
    )
    expect(() => createPrivateKey({ key: pem, passphrase: 'wrong' })).toThrow()
  })

  it('is the same text for the same key and password, and another for another password', async () => {
    const key = await generatePrivateKey('ec256')
    const pem = await formatEncryptedKey(key, password)
    expect(await formatEncryptedKey(key, password)).toBe(pem)
    expect((await formatEncryptedKey(key, new Secret('other'))).slice(0, 200)).not.toBe(pem.slice(0, 200))
  })
})
