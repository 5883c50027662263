import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import type { CertificateRequest } from '../../../../../src/connectors/connector.ts'
import { pkiParameters } from '../../../../../src/connectors/vault/pki/pki-request.ts'
import { parseSan } from '../../../../../src/pki/names.ts'

function parameters(changes: Partial<CertificateRequest> = {}): Record<string, unknown> {
  return pkiParameters({
    commonName: 'web.corp',
    sans: [],
    ttl: undefined,
    key: { origin: 'csr', csr: 'PEM' },
    ...changes,
  })
}

describe('pkiParameters', () => {
  it('puts each kind of name into its own parameter', () => {
    const sans = ['web.corp', 'www.web.corp', '10.0.0.7', '2001:db8::1', 'ops@web.corp', 'spiffe://web.corp/a'].map(
      (text) => parseSan(text),
    )
    expect(parameters({ sans })).toEqual({
      common_name: 'web.corp',
      alt_names: 'web.corp,www.web.corp,ops@web.corp',
      ip_sans: '10.0.0.7,2001:db8::1',
      uri_sans: 'spiffe://web.corp/a',
      csr: 'PEM',
    })
  })

  it('sends URIs as a list when one of them has a comma, which Vault would split at', () => {
    const sans = [parseSan('spiffe://web.corp/a,b'), parseSan('spiffe://web.corp/c')]
    expect(parameters({ sans })).toHaveProperty('uri_sans', ['spiffe://web.corp/a,b', 'spiffe://web.corp/c'])
  })

  it('leaves out what was not asked for', () => {
    expect(parameters({ commonName: undefined })).toEqual({ csr: 'PEM' })
  })

  it.each([
    [Duration.ofDays(30), '2592000s'],
    [Duration.ofMilliseconds(1499), '1s'],
    [Duration.ofMilliseconds(1), '1s'],
  ])('writes a TTL of %j in whole seconds', (ttl, text) => {
    expect(parameters({ ttl })).toHaveProperty('ttl', text)
  })

  it.each(['10.0.0.7', 'ops@web.corp', 'spiffe://web.corp/a', 'Web Server', '2001:db8::1'])(
    'keeps the common name %s out of the alternative names',
    (commonName) => {
      expect(parameters({ commonName })).toMatchObject({ common_name: commonName, exclude_cn_from_sans: true })
    },
  )

  it.each(['web.corp', '*.web.corp', 'localhost'])('lets the DNS name %s be one', (commonName) => {
    expect(parameters({ commonName })).not.toHaveProperty('exclude_cn_from_sans')
  })

  it.each([
    [undefined, {}],
    ['ec256', { key_type: 'ec', key_bits: '256' }],
    ['ec384', { key_type: 'ec', key_bits: '384' }],
    ['ec521', { key_type: 'ec', key_bits: '521' }],
    ['rsa2048', { key_type: 'rsa', key_bits: '2048' }],
    ['rsa4096', { key_type: 'rsa', key_bits: '4096' }],
    ['ed25519', { key_type: 'ed25519' }],
  ] as const)('asks for a key of kind %s in PKCS#8 when the issuer makes it', (keyType, expected) => {
    expect(parameters({ key: { origin: 'issuer', keyType } })).toEqual({
      common_name: 'web.corp',
      private_key_format: 'pkcs8',
      ...expected,
    })
  })
})
