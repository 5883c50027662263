import { beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import type { CertificateRequest } from '../../../../../src/connectors/connector.ts'
import { deviations, remarksThatMatter } from '../../../../../src/connectors/vault/pki/conformance.ts'
import type { Certificate } from '../../../../../src/pki/certificate.ts'
import { parseSan } from '../../../../../src/pki/names.ts'
import { generatePrivateKey, type PrivateKey } from '../../../../../src/pki/private-key.ts'
import { IssuingCa } from '../../../../support/issuing-ca.ts'

const now = new Date('2026-03-01T12:00:00Z')

let ca: IssuingCa
let key: PrivateKey

beforeAll(async () => {
  ca = await IssuingCa.create()
  key = await generatePrivateKey('ec256')
})

function leafOf(
  commonName: string | undefined,
  names: readonly string[],
  ttl = Duration.ofDays(30),
): Promise<Certificate> {
  const sans = names.map((name) => parseSan(name))
  const period = { notBefore: Duration.ofSeconds(30).before(now), notAfter: ttl.after(now) }
  return ca.sign({ commonName, sans, publicKey: key.publicKey, ...period })
}

function asking(
  commonName: string | undefined,
  names: readonly string[],
  more: Partial<CertificateRequest> = {},
): CertificateRequest {
  const sans = names.map((name) => parseSan(name))
  return { commonName, sans, ttl: undefined, key: { origin: 'csr', csr: '' }, ...more }
}

describe('deviations', () => {
  const names = ['web.corp', '10.0.0.7', 'ops@web.corp', 'spiffe://web.corp/a']

  it('are none when the certificate is as it was asked for', async () => {
    const leaf = await leafOf('web.corp', names.toReversed())
    expect(deviations(leaf, asking('web.corp', names, { ttl: Duration.ofDays(30) }), now)).toEqual([])
  })

  it('name what is missing and what was added', async () => {
    const leaf = await leafOf('web.corp', ['web.corp', 'other.corp', '10.0.0.8'])
    expect(deviations(leaf, asking('web.corp', ['web.corp', '10.0.0.7']), now)).toEqual([
      'the certificate lacks what was asked for: 10.0.0.7',
      'the certificate has names that were not asked for: other.corp, 10.0.0.8',
    ])
  })

  it('let the issuer make an alternative name of the common name', async () => {
    expect(deviations(await leafOf('web.corp', ['web.corp']), asking('web.corp', []), now)).toEqual([])
  })

  it.each([
    ['other.corp', "the certificate's common name is other.corp, not web.corp as asked for"],
    [undefined, "the certificate's common name is empty, not web.corp as asked for"],
  ])('tell of the common name %s', async (commonName, text) => {
    expect(deviations(await leafOf(commonName, ['web.corp']), asking('web.corp', ['web.corp']), now)).toEqual([text])
  })

  it('are none where all was left to the CSR', async () => {
    expect(deviations(await leafOf('web.corp', ['web.corp']), asking(undefined, []), now)).toEqual([])
  })

  it('tell of names where the issuer makes the key and none was asked for', async () => {
    const request = asking(undefined, [], { key: { origin: 'issuer', keyType: undefined } })
    expect(deviations(await leafOf(undefined, ['web.corp']), request, now)).toHaveLength(1)
  })

  it.each([
    [Duration.ofHours(24), Duration.ofHours(24)],
    [Duration.ofHours(24), Duration.ofHours(24).plus(Duration.ofSeconds(60))],
    [Duration.ofHours(24), Duration.ofHours(24).minus(Duration.ofSeconds(60))],
  ])('overlook a minute: %j asked, %j granted', async (ttl, granted) => {
    expect(deviations(await leafOf('a.b', ['a.b'], granted), asking('a.b', ['a.b'], { ttl }), now)).toEqual([])
  })

  it.each([
    [Duration.ofDays(90), Duration.ofDays(30), 'the certificate is valid for 30d, not for 90d as asked for'],
    [Duration.ofHours(1), Duration.ofDays(30), 'the certificate is valid for 30d, not for 1h as asked for'],
  ])('tell of a validity that was cut or stretched', async (ttl, granted, text) => {
    expect(deviations(await leafOf('a.b', ['a.b'], granted), asking('a.b', ['a.b'], { ttl }), now)).toEqual([text])
  })

  it('tell of another kind of key than the issuer was asked to make', async () => {
    const leaf = await leafOf('a.b', ['a.b'])
    const texts = (keyType: 'rsa2048' | 'ec256' | undefined) =>
      deviations(leaf, asking('a.b', ['a.b'], { key: { origin: 'issuer', keyType } }), now)
    expect(texts('rsa2048')).toEqual(["the certificate's key is ec256, not rsa2048 as asked for"])
    expect(texts('ec256')).toEqual([])
    expect(texts(undefined)).toEqual([])
  })
})

describe("Vault's remarks", () => {
  const ignored = [
    'the common_name field was provided but the role is set with "use_csr_common_name" set to true',
    'the alt_names field was provided but the role is set with "use_csr_sans" set to true',
  ]
  const capped = 'TTL "200h0m0s" is longer than permitted maxTTL "100h0m0s", so maxTTL is being used'

  it('on names that it ignored are dropped when the certificate has them all the same', async () => {
    const leaf = await leafOf('web.corp', ['web.corp'])
    expect(remarksThatMatter([...ignored, capped], leaf, asking('web.corp', ['web.corp']))).toEqual([capped])
  })

  it('on names that it ignored stay when the certificate lacks them', async () => {
    const leaf = await leafOf('web.corp', ['web.corp'])
    expect(remarksThatMatter(ignored, leaf, asking('web.corp', ['web.corp', 'www.corp']))).toEqual(ignored)
  })

  it('on a kind of key that it ignored are dropped when the key is of that kind', async () => {
    const leaf = await leafOf('a.b', ['a.b'])
    const remark = 'Endpoint ignored these unrecognized parameters: [key_bits key_type]'
    const remarks = (keyType: 'rsa2048' | 'ec256') =>
      remarksThatMatter([remark], leaf, asking('a.b', ['a.b'], { key: { origin: 'issuer', keyType } }))
    expect(remarks('ec256')).toEqual([])
    expect(remarks('rsa2048')).toEqual([remark])
  })

  it('on anything else that it ignored stay', async () => {
    const remark = 'Endpoint ignored these unrecognized parameters: [key_type ttl]'
    const leaf = await leafOf('a.b', ['a.b'])
    expect(remarksThatMatter([remark], leaf, asking('a.b', ['a.b']))).toEqual([remark])
  })
})
