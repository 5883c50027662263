import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseCertificate, type Certificate } from '../../../src/pki/certificate.ts'
import type { CertificateQuestion } from '../../../src/pki/chain-problems.ts'
import { lookAtCsr } from '../../../src/pki/csr.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey } from '../../../src/pki/private-key.ts'
import { certificateProblems, keyProblems, requestProblems } from '../../../src/pki/problems.ts'
import { certificateWith } from '../../support/certificate-with.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { makeOwnCa } from '../../support/own-ca.ts'
import { SigningCa, pemOf, toPublicKey } from '../../support/signing-ca.ts'
import { makeCsr } from '../../support/test-csr.ts'
import { x509 } from '../../support/x509.ts'

const now = new Date('2026-06-01T00:00:00Z')
const period = { notBefore: new Date('2026-05-01T00:00:00Z'), notAfter: new Date('2026-07-01T00:00:00Z') }

let ca: IssuingCa
let leaf: Certificate

async function sign(changes: Partial<Parameters<IssuingCa['sign']>[0]> = {}): Promise<Certificate> {
  const { publicKey } = await generatePrivateKey('ec256')
  const sans = [parseSan('web.corp'), parseSan('192.0.2.7')]
  return ca.sign({ commonName: 'web.corp', sans, publicKey, ...period, ...changes })
}

beforeAll(async () => {
  ca = await IssuingCa.create()
  leaf = await sign()
})

function codes(certificates: readonly Certificate[], changes: Partial<CertificateQuestion> = {}): readonly string[] {
  const question = { now, name: undefined, anchors: [], mustLead: false, ...changes }
  return certificateProblems(certificates, question).map(({ code }) => code)
}

/** As at an endpoint. */
function served(...certificates: readonly Certificate[]): readonly string[] {
  return codes(certificates, { anchors: [ca.root], mustLead: true })
}

describe('the problems of a chain', () => {
  it('are none where leaf and issuers lead to a known root in order', () => {
    expect(served(leaf, ca.intermediate)).toEqual([])
  })

  it('are none of a file with a leaf, with CAs, or with a leaf and its issuer', () => {
    expect(codes([leaf])).toEqual([])
    expect(codes([ca.intermediate, ca.root])).toEqual([])
    expect(codes([ca.root])).toEqual([])
    expect(codes([leaf, ca.intermediate])).toEqual([])
  })

  it('are a missing intermediate', () => {
    expect(served(leaf)).toEqual(['missing-intermediate'])
    expect(codes([leaf, ca.root])).toEqual(['unrelated', 'missing-intermediate'])
  })

  it('are a wrong order', () => {
    expect(served(ca.intermediate, leaf)).toEqual(['wrong-order'])
    expect(served(leaf, ca.root, ca.intermediate)).toEqual(['wrong-order', 'root-in-chain'])
  })

  it('are a root in the chain, a stranger, and what is there twice', async () => {
    const { certificate: stranger } = await makeOwnCa('stranger')
    expect(served(leaf, ca.intermediate, ca.root)).toEqual(['root-in-chain'])
    expect(served(leaf, ca.intermediate, stranger)).toEqual(['unrelated'])
    expect(served(leaf, ca.intermediate, ca.intermediate)).toEqual(['duplicate'])
  })

  it('are a root that is not known', async () => {
    const other = await makeOwnCa('other')
    const anchors = [other.certificate]
    expect(codes([leaf, ca.intermediate], { anchors, mustLead: true })).toEqual(['unknown-root'])
    expect(codes([leaf, ca.intermediate, ca.root], { anchors, mustLead: true })).toEqual([
      'root-in-chain',
      'unknown-root',
    ])
    expect(codes([other.certificate], { anchors: [ca.root], mustLead: true })).toEqual(['self-signed'])
  })

  it('are an issuer that ends before the leaf', async () => {
    const short = await IssuingCa.create(new Date('2026-06-15T00:00:00Z'))
    const { publicKey } = await generatePrivateKey('ec256')
    const long = await short.sign({ commonName: 'web.corp', sans: [], publicKey, ...period })
    expect(codes([long, short.intermediate])).toEqual(['issuer-ends-first'])
  })
})

describe('the problems of issuers', () => {
  async function servedBy(...constraints: readonly x509.BasicConstraintsExtension[]): Promise<readonly string[]> {
    let issuer = await SigningCa.root('root', period)
    for (const [index, one] of constraints.entries()) issuer = await issuer.intermediate(`ca ${index}`, period, one)
    const publicKey = toPublicKey((await generatePrivateKey('ec256')).publicKey)
    const last = await issuer.sign({ commonName: 'web.corp', publicKey, sans: [], usages: [], ...period })
    const all = [last, ...issuer.chain].map((one) => parseCertificate(pemOf(one), 'one'))
    return codes(all.slice(0, -1), { anchors: all.slice(-1), mustLead: true })
  }

  it('are one that is no CA', async () => {
    expect(await servedBy(new x509.BasicConstraintsExtension(false))).toEqual(['not-a-ca'])
  })

  it('are more of them than one allows', async () => {
    const [any, none, one] = [undefined, 0, 1].map((length) => new x509.BasicConstraintsExtension(true, length, true))
    expect(await servedBy(none!)).toEqual([])
    expect(await servedBy(one!, any!)).toEqual([])
    expect(await servedBy(none!, any!)).toEqual(['path-too-long'])
    expect(await servedBy(one!, any!, any!)).toEqual(['path-too-long'])
  })
})

describe('the problems of extensions', () => {
  it('are a critical one that clients do not know', async () => {
    const odd = (oid: string, critical: boolean) => new x509.Extension(oid, critical, Buffer.from('0500', 'hex'))
    const having = async (extension: x509.Extension) => codes([await certificateWith({ extensions: [extension] })])
    expect(await having(odd('1.2.3.4', true))).toEqual(['unknown-critical-extension'])
    expect(await having(odd('1.2.3.4', false))).toEqual([])
    expect(await having(new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true))).toEqual([])
  })

  it('are usages without servers, where a server sends it', async () => {
    const usages = async (...purposes: readonly string[]) => {
      const certificate = await certificateWith({ extensions: [new x509.ExtendedKeyUsageExtension([...purposes])] })
      return codes([certificate], { anchors: [certificate], mustLead: true })
    }
    const { clientAuth, serverAuth } = x509.ExtendedKeyUsage
    expect(await usages(clientAuth)).toEqual(['wrong-usage'])
    expect(await usages(clientAuth, serverAuth)).toEqual([])
    expect(await usages('2.5.29.37.0')).toEqual([])
  })

  it('are none where they are malformed, and can be told all the same', async () => {
    const malformed = ['2.5.29.15', '2.5.29.37'].map((oid) => new x509.Extension(oid, true, Buffer.from('ffff', 'hex')))
    expect(codes([await certificateWith({ extensions: malformed })])).toEqual([])
  })
})

describe('the problems of a certificate', () => {
  it.each([
    ['2026-06-30T23:59:59Z', []],
    ['2026-07-01T00:00:00Z', ['expired']],
    ['2026-05-01T00:00:00Z', []],
    ['2026-04-30T23:59:59Z', ['not-yet-valid']],
    ['1970-01-01T00:00:00Z', ['not-yet-valid']],
  ])('are those of its time, at %s', (at, expected) => {
    expect(codes([leaf], { now: new Date(at) })).toEqual(expected)
  })

  it.each([
    ['web.corp', []],
    ['192.0.2.7', []],
    ['www.web.corp', ['name-mismatch']],
    ['192.0.2.8', ['name-mismatch']],
  ])('are those of its names, for %s', (name, expected) => {
    expect(codes([leaf], { name: parseSan(name) })).toEqual(expected)
  })

  it.each([
    ['[2001:DB8::7]', []],
    ['bücher.corp', []],
    ['BÜCHER.corp.', []],
    ['web.corp.', []],
    ['me@web.corp', []],
    ['spiffe://web.corp/app', []],
    ['you@web.corp', ['name-mismatch']],
    ['spiffe://web.corp/other', ['name-mismatch']],
    ['[2001:db8::8]', ['name-mismatch']],
  ])('are those of its names, however they are written, for %s', async (name, expected) => {
    const names = ['web.corp', '2001:db8::7', 'xn--bcher-kva.corp', 'me@web.corp', 'spiffe://web.corp/app']
    const certificate = await sign({ sans: names.map(parseSan) })
    expect(codes([certificate], { name: parseSan(name) })).toEqual(expected)
  })

  it('are a name that stands in the common name alone', async () => {
    expect(codes([await sign({ sans: [] })], { name: parseSan('web.corp') })).toEqual(['name-mismatch'])
  })

  it('are a wildcard that reaches one label, and no further', async () => {
    const wild = await sign({ commonName: '*.a.corp', sans: [parseSan('*.a.corp')] })
    expect(codes([wild], { name: parseSan('x.a.corp') })).toEqual([])
    expect(codes([wild], { name: parseSan('x.y.a.corp') })).toEqual(['name-mismatch'])
  })

  it.each([
    [1024, ['weak-key']],
    [2048, []],
  ])('are an RSA key of %i bits', async (modulusLength, expected) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
    expect(codes([await sign({ publicKey })])).toEqual(expected)
  })

  it('are a key of another certificate', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp224r1' })
    expect(keyProblems([publicKey], [leaf]).map(({ code }) => code)).toEqual(['key-mismatch'])
    expect(keyProblems([leaf.publicKey], [leaf])).toEqual([])
    expect(keyProblems([publicKey], [])).toEqual([])
  })
})

describe('the problems of a request', () => {
  it('are a bad signature', async () => {
    const request = await lookAtCsr(await makeCsr({ isBadlySigned: true }))
    expect(requestProblems(request!).map(({ code }) => code)).toContain('bad-signature')
  })
})
