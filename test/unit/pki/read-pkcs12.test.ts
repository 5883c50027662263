import { createPublicKey } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { Certificate } from '../../../src/pki/certificate.ts'
import { type Pkcs12, openPkcs12, parsePkcs12 } from '../../../src/pki/read-pkcs12.ts'
import { makePkcs12 } from '../../support/make-pkcs12.ts'
import { type KeyAndCertificate, TestCa } from '../../support/test-ca.ts'

const password = 'pässword'

let ca: TestCa
let pair: KeyAndCertificate

beforeAll(async () => {
  ca = await TestCa.create()
  pair = await ca.server()
})

function open(file: Buffer, by: string): Pkcs12 | undefined {
  const parsed = parsePkcs12(file)
  return parsed ? openPkcs12(parsed, new Secret(by), 'web.p12') : expect.fail('it is no PKCS#12')
}

describe('a PKCS#12 file', () => {
  it.each([
    ['as openssl makes it', []],
    [
      'with triple DES and SHA-1, for old Windows',
      ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ],
    ['with a MAC by SHA-512', ['-macalg', 'sha512']],
    ['with AES of 128 bits', ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-128-CBC']],
    ['with its certificates in clear', ['-certpbe', 'NONE']],
    ['with nothing encrypted', ['-certpbe', 'NONE', '-keypbe', 'NONE']],
  ])('%s opens by its password and no other', (_, args) => {
    const file = makePkcs12(pair, { password, args, others: ca.cert })
    const opened = open(file, password)
    expect(opened?.certificates.map(({ pem }) => pem)).toEqual(
      [pair.cert, ca.cert].map((pem) => Certificate.parse(pem)?.pem),
    )
    const [key] = opened?.privateKeys ?? []
    expect(createPublicKey(key!.key).equals(Certificate.parse(pair.cert)!.publicKey)).toBe(true)
    expect(open(file, 'another')).toBeUndefined()
    expect(open(file, '')).toBeUndefined()
  })

  it('without a MAC opens by its password', () => {
    expect(open(makePkcs12(pair, { password, args: ['-nomac'] }), password)?.certificates).toHaveLength(1)
  })

  it('says of each key whether it is encrypted', () => {
    const keyOf = (args: readonly string[]) => open(makePkcs12(pair, { password, args }), password)?.privateKeys
    expect(keyOf([])).toMatchObject([{ isEncrypted: true }])
    expect(keyOf(['-keypbe', 'NONE'])).toMatchObject([{ isEncrypted: false }])
  })

  it('with an empty password opens by that', () => {
    expect(open(makePkcs12(pair, { password: '' }), '')?.privateKeys).toHaveLength(1)
  })

  it('with encryption that no program of today opens says how to convert it', () => {
    const file = makePkcs12(pair, { password, args: ['-legacy', '-certpbe', 'PBE-SHA1-RC2-40'] })
    expect(() => open(file, password)).toThrow(/^web\.p12 is encrypted in a way that is not known here/)
  })

  it('that is cut short, or none, is no PKCS#12', () => {
    const file = makePkcs12(pair, { password })
    expect(parsePkcs12(file.subarray(0, 200))).toBeUndefined()
    expect(parsePkcs12(Buffer.from('hello'))).toBeUndefined()
    expect(parsePkcs12(Certificate.parse(pair.cert)!.der)).toBeUndefined()
  })
})
