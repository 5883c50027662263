import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { type ReadObjects, readObjects } from '../../../src/pki/read-objects.ts'
import { makePkcs12 } from '../../support/make-pkcs12.ts'
import { Certificate } from '../../../src/pki/certificate.ts'
import { type KeyAndCertificate, TestCa } from '../../support/test-ca.ts'

let pair: KeyAndCertificate

beforeAll(async () => {
  pair = await (await TestCa.create()).server()
})

function read(content: string | Buffer, password = 'pass'): Promise<ReadObjects> {
  return readObjects(Buffer.from(content), 'web.pem', () => Promise.resolve(new Secret(password)))
}

function kinds({ objects }: ReadObjects): readonly string[] {
  return objects.map(({ kind }) => kind)
}

function codes({ problems }: ReadObjects): readonly string[] {
  return problems.map(({ code }) => code)
}

describe('what a file holds', () => {
  it('is told with the block that is cut short behind it', async () => {
    const found = await read(pair.cert + pair.cert.slice(0, -30))
    expect(kinds(found)).toEqual(['certificate'])
    expect(found.problems).toEqual([
      { code: 'cut-short', detail: 'web.pem: a PEM block begins that does not end: CERTIFICATE' },
    ])
    expect(codes(await read(pair.cert + pair.key))).toEqual([])
  })

  it('is broken where nothing of it is whole', async () => {
    await expect(read(pair.cert.slice(0, -30))).rejects.toMatchObject({ exitCode: 7, code: 'broken' })
  })

  it('is told with the bytes behind it', async () => {
    const der = Certificate.parse(pair.cert)!.der
    expect((await read(Buffer.concat([der, der]))).problems).toEqual([
      { code: 'trailing-bytes', detail: `web.pem: ${der.length} bytes behind its end are not looked at` },
    ])
    expect(codes(await read(der))).toEqual([])
    expect(codes(await read(makePkcs12(pair, { password: 'pass' })))).toEqual([])
  })

  it('is an encrypted key in DER, which opens by its password alone', async () => {
    const args = ['pkcs8', '-topk8', '-outform', 'DER', '-passout', 'pass:pass']
    const der = execFileSync('openssl', args, { input: pair.key })
    expect((await read(der)).objects).toMatchObject([{ kind: 'private-key', keyType: 'ec256', isEncrypted: true }])
    await expect(read(der, 'another')).rejects.toMatchObject({ exitCode: 7, code: 'wrong-password' })
  })

  it('is no encrypted key for being a sequence of sequences', async () => {
    const der = Buffer.from('3006300406022a03', 'hex')
    await expect(read(der)).rejects.toMatchObject({ exitCode: 7, code: 'unknown-content' })
  })

  it('is a public key in either of its forms', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    for (const type of ['spki', 'pkcs1'] as const)
      expect((await read(publicKey.export({ type, format: 'pem' }))).objects).toMatchObject([
        { kind: 'public-key', keyType: 'rsa2048' },
      ])
  })
})
