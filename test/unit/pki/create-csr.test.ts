import { describe, expect, it } from 'vitest'
import { createCsr } from '../../../src/pki/create-csr.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey, type KeyType, keyTypes, parsePrivateKey } from '../../../src/pki/private-key.ts'
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

  it('has attributes also when there are none, as their tag is not optional', async () => {
    const pem = await createCsr({ commonName: 'a', sans: [], key: await generatePrivateKey('ed25519') })
    expect(structureOf(pem)).toEqual([
      ...['SEQUENCE', 'SEQUENCE', 'INTEGER', 'SEQUENCE', 'SET', 'SEQUENCE', 'OBJECT', 'UTF8STRING'],
      ...['SEQUENCE', 'SEQUENCE', 'OBJECT', 'BIT STRING', 'cont [ 0 ]'],
      ...['SEQUENCE', 'OBJECT', 'BIT STRING'],
    ])
  })

  it('names no curve, digest or padding beside the signature but the NULL of RSA', async () => {
    const endOf = async (keyType: KeyType) =>
      structureOf(await createCsr({ commonName: 'a', sans: [], key: await generatePrivateKey(keyType) })).slice(-4)
    expect(await endOf('ec256')).toEqual(['cont [ 0 ]', 'SEQUENCE', 'OBJECT', 'BIT STRING'])
    expect(await endOf('rsa2048')).toEqual(['SEQUENCE', 'OBJECT', 'NULL', 'BIT STRING'])
  })

  it.each([1, 8, 20, 3000])('holds %i names, whatever number of bytes their lengths then take', async (count) => {
    const many = Array.from({ length: count }, (_, index) => parseSan(`host-${index}.web.corp`))
    const pem = await createCsr({ commonName: 'web.corp', sans: many, key: await generatePrivateKey('ec256') })
    const text = openssl(['req', '-verify', '-noout', '-text', '-in', 'csr'], { csr: pem })
    expect(text.match(/DNS:host-\d+\.web\.corp/g)).toHaveLength(count)
    expect((await parseCsr(pem)).sans).toEqual(many)
  })

  it('refuses a key that it has no signature for', async () => {
    const key = parsePrivateKey(openssl(['genpkey', '-algorithm', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048']), 'k')
    await expect(createCsr({ commonName: 'a', sans: [], key })).rejects.toThrow('a key of type rsa-pss2048 cannot sign')
  })
})

/** The types of all values in order, as openssl reads them. */
function structureOf(pem: string): readonly string[] {
  const lines = openssl(['asn1parse', '-in', 'csr'], { csr: pem }).trim().split('\n')
  return lines.map((line) => /(?:prim|cons): ([^:]+?) *(?::|$)/.exec(line)?.[1] ?? line)
}
