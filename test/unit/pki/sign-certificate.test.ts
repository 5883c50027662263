import { describe, expect, it } from 'vitest'
import { parseCertificate } from '../../../src/pki/certificate.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey, keyTypes, parsePrivateKey } from '../../../src/pki/private-key.ts'
import { signLeaf, signRoot } from '../../../src/pki/sign-certificate.ts'
import { openssl } from '../../support/openssl.ts'
import { makeOwnCa } from '../../support/own-ca.ts'

const period = { notBefore: new Date('2026-01-01T00:00:00.999Z'), notAfter: new Date('2060-01-01T00:00:00Z') }
// Large RSA keys take seconds to make.
const leafKeys = await Promise.all(keyTypes.map((type) => generatePrivateKey(type)))
const sans = [parseSan('web.corp')]

function text(pem: string): string {
  return openssl(['x509', '-noout', '-text', '-in', 'c'], { c: pem })
}

describe('signRoot', () => {
  it('makes a CA that may sign leaves and lists only', async () => {
    const { certificate } = await makeOwnCa()
    expect(text(certificate.pem)).toMatch(
      /Basic Constraints: critical\n +CA:TRUE, pathlen:0\n +X509v3 Key Usage: critical\n +Certificate Sign, CRL Sign\n +X509v3 Subject Key Identifier: \n/,
    )
  })

  it('keeps dates beyond 2049, to the second', async () => {
    const root = await signRoot({ commonName: 'r', key: await generatePrivateKey('ec256'), ...period })
    expect(root).toMatchObject({ notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: period.notAfter })
  })
})

describe('signLeaf', () => {
  it.each(['ec256', 'rsa2048', 'ed25519', 'ec384'] as const)(
    'makes leaves by a CA key of type %s that openssl finds strictly valid, for every type of key',
    async (caType) => {
      const key = await generatePrivateKey(caType)
      const certificate = await signRoot({ commonName: 'r', key, ...period })
      for (const { keyType, publicKey } of leafKeys) {
        const leaf = await signLeaf({ commonName: 'web.corp', sans, publicKey, ...period }, { certificate, key })
        const verify = ['verify', '-x509_strict', '-verify_hostname', 'web.corp', '-CAfile', 'ca', 'leaf']
        expect(openssl(verify, { ca: certificate.pem, leaf: leaf.pem })).toBe('leaf: OK\n')
        expect(leaf.keyType).toBe(keyType)
      }
    },
  )

  it('gives a leaf the usage that its key allows', async () => {
    const ca = await makeOwnCa()
    const usage = async (type: 'ec256' | 'rsa2048'): Promise<string> => {
      const { publicKey } = await generatePrivateKey(type)
      return text((await signLeaf({ commonName: 'a', sans, publicKey, ...period }, ca)).pem)
    }
    expect(await usage('ec256')).toMatch(/Key Usage: critical\n +Digital Signature\n/)
    expect(await usage('rsa2048')).toMatch(/Key Usage: critical\n +Digital Signature, Key Encipherment\n/)
    expect(await usage('ec256')).toContain('TLS Web Server Authentication, TLS Web Client Authentication')
    expect(await usage('ec256')).toMatch(/Basic Constraints: critical\n +CA:FALSE\n/)
  })

  it("points to its CA's key identifier", async () => {
    const ca = await makeOwnCa()
    const identifier = /Subject Key Identifier: \n +(\S+)/.exec(text(ca.certificate.pem))?.[1]
    expect(text((await ca.issue(['a'])).pem)).toContain(`Authority Key Identifier: \n                ${identifier!}\n`)
  })

  it('marks the names critical only when the subject is empty', async () => {
    const ca = await makeOwnCa()
    const { publicKey } = await generatePrivateKey('ec256')
    const named = await signLeaf({ commonName: 'web.corp', sans, publicKey, ...period }, ca)
    const unnamed = await signLeaf({ commonName: undefined, sans, publicKey, ...period }, ca)
    expect(text(named.pem)).toContain('Subject Alternative Name: \n')
    expect(text(unnamed.pem)).toContain('Subject Alternative Name: critical\n')
  })

  it('gives every certificate its own positive serial of 16 octets', async () => {
    const ca = await makeOwnCa()
    const serials = await Promise.all(Array.from({ length: 50 }, async () => (await ca.issue(['a'])).serial))
    expect(new Set(serials).size).toBe(50)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f](?::[0-9a-f]{2}){15}$/)
  })

  it("repeats the CA's name byte for byte, whatever strings it is made of", async () => {
    const key = openssl(['genpkey', '-algorithm', 'ed25519'])
    const subject = '/C=DE/ST=Bérlin/O=Acme/emailAddress=a@b.c/CN=Root'
    const pem = openssl(['req', '-x509', '-utf8', '-key', 'k', '-subj', subject, '-days', '9'], { k: key })
    const certificate = parseCertificate(pem, 'ca')
    const { publicKey } = await generatePrivateKey('ec256')
    const leaf = await signLeaf(
      { commonName: 'a', sans, publicKey, ...period },
      { certificate, key: parsePrivateKey(key, 'k') },
    )
    const name = (part: 'issuer_hash' | 'subject_hash', of: string): string =>
      openssl(
        [
          'x509',
          '-noout',
          '-nameopt',
          'dump_der,dump_all',
          part === 'issuer_hash' ? '-issuer' : '-subject',
          '-in',
          'c',
        ],
        { c: of },
      )
    expect(name('issuer_hash', leaf.pem).replace(/^issuer=/, '')).toBe(
      name('subject_hash', pem).replace(/^subject=/, ''),
    )
  })

  it('refuses a CA whose key usage does not let it sign', async () => {
    const key = openssl(['genpkey', '-algorithm', 'ed25519'])
    const args = ['req', '-x509', '-key', 'k', '-subj', '/CN=r', '-addext', 'keyUsage=cRLSign']
    const certificate = parseCertificate(openssl(args, { k: key }), 'ca')
    const { publicKey } = await generatePrivateKey('ec256')
    const signing = signLeaf(
      { commonName: 'a', sans, publicKey, ...period },
      { certificate, key: parsePrivateKey(key, 'k') },
    )
    await expect(signing).rejects.toThrow('does not verify against its CA')
  })
})
