import { describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { createCsr, parseCsr } from '../../../src/pki/csr.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey, keyTypes, parsePrivateKey } from '../../../src/pki/private-key.ts'
import { openssl } from '../../support/openssl.ts'

const sans = ['web.corp', '*.web.corp', '10.0.0.1', '2001:db8::1', 'a@b.c', 'spiffe://web.corp/x'].map((name) =>
  parseSan(name),
)

describe('createCsr', () => {
  it.each(keyTypes)(
    'makes a request by a key of type %s that openssl verifies and parseCsr reads back',
    async (keyType) => {
      const key = await generatePrivateKey(keyType)
      const pem = await createCsr({ commonName: 'web.corp', sans, key })
      openssl(['req', '-noout', '-verify', '-in', 'csr'], { csr: pem })
      const csr = await parseCsr(pem)
      expect(csr).toMatchObject({ pem, commonName: 'web.corp', sans, keyType })
      expect(key.isFor(csr)).toBe(true)
    },
  )

  it('puts all names where openssl finds them', async () => {
    const pem = await createCsr({ commonName: 'web.corp', sans, key: await generatePrivateKey('ec256') })
    const text = openssl(['req', '-noout', '-text', '-in', 'csr'], { csr: pem })
    expect(text).toMatch(/Subject: CN ?= ?web\.corp\n/)
    expect(text).toContain('X509v3 Subject Alternative Name: \n')
    expect(text).toContain(
      'DNS:web.corp, DNS:*.web.corp, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:a@b.c, URI:spiffe://web.corp/x\n',
    )
  })

  it('makes the names critical when the subject is empty', async () => {
    const pem = await createCsr({ commonName: undefined, sans, key: await generatePrivateKey('ec256') })
    expect(openssl(['req', '-noout', '-text', '-in', 'csr'], { csr: pem })).toContain('Alternative Name: critical')
    expect((await parseCsr(pem)).commonName).toBeUndefined()
  })

  it('has no extension at all without SANs', async () => {
    const pem = await createCsr({ commonName: 'Jané Doe', sans: [], key: await generatePrivateKey('ec256') })
    expect(openssl(['req', '-noout', '-text', '-in', 'csr'], { csr: pem })).not.toContain('Alternative Name')
    expect(await parseCsr(pem)).toMatchObject({ commonName: 'Jané Doe', sans: [] })
  })

  it('refuses a key that it has no signature for', async () => {
    const key = parsePrivateKey(openssl(['genpkey', '-algorithm', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048']), 'k')
    await expect(createCsr({ commonName: 'a', sans: [], key })).rejects.toThrow('a key of type rsa-pss2048 cannot sign')
  })
})

describe('parseCsr', () => {
  const rsaKey = openssl(['genrsa', '2048'])
  const request = (...args: readonly string[]): string => openssl(['req', '-new', '-key', 'k', ...args], { k: rsaKey })

  it('reads what openssl makes, its older label and CRLF included', async () => {
    const pem = request('-subj', '/C=DE/CN=general/O=Acme/CN=Web.corp', '-addext', 'subjectAltName=DNS:Web.corp,IP:::1')
    for (const text of [pem, pem.replaceAll('\n', '\r\n'), pem.replaceAll('CERTIFICATE REQ', 'NEW CERTIFICATE REQ')]) {
      expect(await parseCsr(text)).toMatchObject({
        commonName: 'Web.corp',
        sans: [parseSan('web.corp'), parseSan('::1')],
        keyType: 'rsa2048',
      })
    }
  })

  it('leaves out names of other kinds', async () => {
    const csr = await parseCsr(
      request('-subj', '/', '-addext', 'subjectAltName=RID:1.2.3,otherName:1.2.3;UTF8:x,DNS:a'),
    )
    expect(csr).toMatchObject({ commonName: undefined, sans: [{ type: 'dns', value: 'a' }] })
  })

  it.each([
    ['text', 'hello'],
    ['nothing', ''],
    ['a key', rsaKey],
    ['an empty block', '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n'],
    ['garbage in a block', '-----BEGIN CERTIFICATE REQUEST-----\nAAAAAAAA\n-----END CERTIFICATE REQUEST-----\n'],
    ['half a request', request('-subj', '/CN=a').replace(/\n(.{64}\n){6}/, '\n')],
  ])('refuses %s', async (_, text) => {
    const parsing = parseCsr(text, 'web.csr')
    await expect(parsing).rejects.toThrow(FileError)
    await expect(parsing).rejects.toThrow('web.csr is no certificate request')
  })

  it('refuses a request whose names were changed after it was signed', async () => {
    const der = Buffer.from(request('-subj', '/CN=web.corp').replace(/-----.*-----/g, ''), 'base64')
    der.write('evl', der.indexOf('web.corp'))
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
    const parsing = parseCsr(pem, 'web.csr')
    await expect(parsing).rejects.toThrow(FileError)
    await expect(parsing).rejects.toThrow('web.csr has a bad signature')
  })

  it('refuses a signature by an algorithm that is weak', async () => {
    await expect(parseCsr(request('-sha1', '-subj', '/CN=a'))).rejects.toThrow('which cannot be checked')
  })
})
