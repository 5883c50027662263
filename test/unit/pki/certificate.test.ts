import { describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { Certificate, describeCertificate, parseCertificate, parseCertificates } from '../../../src/pki/certificate.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { formatPem } from '../../../src/pki/pem.ts'
import { generatePrivateKey } from '../../../src/pki/private-key.ts'
import { openssl } from '../../support/openssl.ts'
import { makeOwnCa } from '../../support/own-ca.ts'

function selfSigned(subject: string, ...extra: readonly string[]): string {
  const key = openssl(['genpkey', '-algorithm', 'ed25519'])
  return openssl(['req', '-x509', '-utf8', '-key', 'k', '-days', '30', '-subj', subject, ...extra], { k: key })
}

describe('Certificate', () => {
  it('says of a certificate what openssl says of it', async () => {
    const ca = await makeOwnCa()
    const leaf = await ca.issue(['web.corp', '10.0.0.1', '::1', 'a@b.c', 'spiffe://web.corp/x'])
    const [serial, subject, issuer] = openssl(
      ['x509', '-in', 'c', '-noout', '-serial', '-subject', '-issuer', '-nameopt', 'RFC2253'],
      { c: leaf.pem },
    ).split('\n')
    expect(serial).toBe(`serial=${leaf.serial.replaceAll(':', '').toUpperCase()}`)
    expect(subject).toBe(`subject=${leaf.subject}`)
    expect(issuer).toBe(`issuer=${leaf.issuer}`)
    expect(openssl(['x509', '-in', 'c', '-noout', '-fingerprint', '-sha256'], { c: leaf.pem }).toLowerCase()).toContain(
      `=${leaf.fingerprintSha256}\n`,
    )
    expect(leaf.sans).toEqual(
      ['web.corp', '10.0.0.1', '::1', 'a@b.c', 'spiffe://web.corp/x'].map((name) => parseSan(name)),
    )
    expect(leaf).toMatchObject({ commonName: 'web.corp', keyType: 'ec256', isCa: false, isSelfSigned: false })
    expect(ca.certificate).toMatchObject({ commonName: 'test root', isCa: true, isSelfSigned: true })
  })

  it('reads both dates to the second', async () => {
    const { certificate } = await makeOwnCa()
    expect(certificate.notBefore).toEqual(new Date('2026-01-01T00:00:00Z'))
    expect(certificate.notAfter).toEqual(new Date('2046-01-01T00:00:00Z'))
  })

  it('is the same from PEM, CRLF, DER and text around', async () => {
    const { certificate } = await makeOwnCa()
    const variants = [
      certificate.der,
      certificate.pem.replaceAll('\n', '\r\n'),
      `Issuer: x\n${certificate.pem.trimEnd()}`,
    ]
    for (const variant of variants) expect(Certificate.parse(variant)?.pem).toBe(certificate.pem)
    expect(certificate.pem).toMatch(/-----END CERTIFICATE-----\n$/)
  })

  it('is parsed once, also when it is given by its own text the next time', async () => {
    const { certificate } = await makeOwnCa()
    const parsed = Certificate.parse(certificate.pem.trimEnd())
    expect(Certificate.parse(certificate.pem)).toBe(parsed)
  })

  it('stays known while it comes with every certificate of a batch, and leaves do not', async () => {
    const own = await makeOwnCa()
    const ca = Certificate.parse(own.certificate.pem)
    const { pem, der } = await own.issue(['web.corp'])
    const leaf = Certificate.parse(pem)
    for (let index = 0; index < 300; index += 1) {
      // Another signature makes another certificate.
      const another = Buffer.from(der)
      another.writeUInt16BE(index, der.length - 2)
      Certificate.parse(formatPem('CERTIFICATE', another))
      expect(Certificate.parse(own.certificate.pem)).toBe(ca)
    }
    expect(Certificate.parse(pem)).not.toBe(leaf)
  })

  it('writes names most specific part first, escaped as RFC 4514 has it', () => {
    const certificate = parseCertificate(selfSigned(String.raw`/C=DE/O=Ac, me \+ "x"/OU=a;b/CN=wéb`), 'c.pem')
    expect(certificate.subject).toBe(String.raw`CN=wéb,OU=a\;b,O=Ac\, me \+ \"x\",C=DE`)
    expect(certificate.commonName).toBe('wéb')
  })

  it('joins the parts of a multi-valued name by a bare plus', () => {
    expect(parseCertificate(selfSigned('/O=a+CN=b', '-multivalue-rdn'), 'c').subject).toMatch(
      /^(?:O=a\+CN=b|CN=b\+O=a)$/,
    )
  })

  it('undoes escapes in the common name, and shows control characters as text', () => {
    expect(parseCertificate(selfSigned('/CN=a, b'), 'c').commonName).toBe('a, b')
    const { subject, commonName } = parseCertificate(selfSigned('/CN=a\u001bb'), 'c')
    expect(commonName).toBe(String.raw`a\u{1b}b`)
    expect(subject).not.toContain('\u001b')
  })

  it('has an empty subject, no common name and no SANs where there are none', () => {
    expect(parseCertificate(selfSigned('/'), 'c')).toMatchObject({
      subject: '',
      issuer: '',
      commonName: undefined,
      sans: [],
    })
  })

  it('knows an issuer by its signature, not by its name alone', async () => {
    const [ca, namesake] = [await makeOwnCa(), await makeOwnCa()]
    const leaf = await ca.issue(['web.corp'])
    expect(leaf.isIssuedBy(ca.certificate)).toBe(true)
    expect(leaf.isIssuedBy(namesake.certificate)).toBe(false)
    expect(ca.certificate.isIssuedBy(leaf)).toBe(false)
  })

  it.each(['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])('refuses %j', (text) => {
    expect(Certificate.parse(text)).toBeUndefined()
    expect(() => parseCertificate(text, 'c.pem')).toThrow(FileError)
    expect(() => parseCertificate(text, 'c.pem')).toThrow('c.pem is no certificate')
  })
})

describe('parseCertificates', () => {
  it('reads all in order and passes over keys', async () => {
    const ca = await makeOwnCa()
    const leaf = await ca.issue(['web.corp'])
    const key = await generatePrivateKey('ec256')
    const all = parseCertificates(leaf.pem + key.pem.reveal() + ca.certificate.pem, 'bundle')
    expect(all.map(({ subject }) => subject)).toEqual(['CN=web.corp', 'CN=test root'])
  })
})

describe('describeCertificate', () => {
  it('gives the keys of the JSON contract and no other, with times in UTC without a fraction', async () => {
    const leaf = await (await makeOwnCa()).issue(['web.corp'])
    expect(describeCertificate(leaf)).toEqual({
      subject: 'CN=web.corp',
      serial: leaf.serial,
      issuer: 'CN=test root',
      sans: [{ type: 'dns', value: 'web.corp' }],
      notBefore: '2026-01-01T00:00:00Z',
      notAfter: '2046-01-01T00:00:00Z',
      keyType: 'ec256',
      fingerprintSha256: leaf.fingerprintSha256,
    })
    expect(leaf.fingerprintSha256).toMatch(/^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/)
  })
})
