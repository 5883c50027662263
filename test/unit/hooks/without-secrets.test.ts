import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { noteToken } from '../../../src/core/tokens-in-use.ts'
import { withoutSecrets } from '../../../src/hooks/without-secrets.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (type: 'pkcs8' | 'sec1') => privateKey.export({ type, format: 'pem' }).toString().trim()
const encrypted = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----`

describe('what a hook says', () => {
  it.each([
    ['a key', `before ${pem('pkcs8')} after`, 'before [redacted] after'],
    ['two keys', `${pem('pkcs8')}\nand ${pem('sec1')}`, '[redacted]\nand [redacted]'],
    ['a key with headers', encrypted, '[redacted]'],
    ['a key without its end', `before ${pem('sec1').slice(0, 90)}`, 'before [redacted]'],
    ['the end of a key', `${pem('pkcs8').slice(90)} after`, '[redacted] after'],
    ['a token of Vault', 'hvs.CAESIJ2v4l-_9abcdefghijk is it', '[redacted] is it'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA', '-----BEGIN CERTIFICATE-----\nAAAA'],
    ['what only looks like a token', 'hvs.conf', 'hvs.conf'],
  ])('is told with %s only where that is no secret', (_, said, told) => {
    expect(withoutSecrets(said)).toBe(told)
  })

  it('is told without the tokens that this process has used', () => {
    for (const token of ['s.of-openbao', '']) noteToken(new Secret(token))
    expect(withoutSecrets('VAULT_TOKEN=s.of-openbao vault')).toBe('VAULT_TOKEN=[redacted] vault')
  })
})
