import { beforeAll, describe, expect, it } from 'vitest'
import type { Material } from '../../../../src/operations/adopt/material.ts'
import { pairUp, type Pair, type Pairing } from '../../../../src/operations/adopt/pair-up.ts'
import type { Certificate } from '../../../../src/pki/certificate.ts'
import { parseCertificate } from '../../../../src/pki/certificate.ts'
import type { PrivateKey } from '../../../../src/pki/private-key.ts'
import { openssl } from '../../../support/openssl.ts'
import { OtherTools, type Foreign } from '../../../support/other-tools.ts'
import { FileError } from '../../../../src/core/errors.ts'

let web: Foreign
let mail: Foreign

beforeAll(async () => {
  const tools = await OtherTools.create()
  web = await tools.certificate({ names: ['web.test'] })
  mail = await tools.certificate({ names: ['mail.test'] })
})

function holding(path: string, ...certificates: readonly Certificate[]): Material {
  return { path, certificates, key: undefined, keyForm: undefined }
}

function keyIn(path: string, key: PrivateKey, certificates: readonly Certificate[] = []): Material {
  return { path, certificates, key, keyForm: { isEncrypted: false, isTraditional: false } }
}

function paired(materials: readonly Material[], isNamed = false): readonly Pairing[] {
  return pairUp({ materials, faults: [], isNamed })
}

function onlyPair(materials: readonly Material[], isNamed = false): Pair {
  const [pairing, ...others] = paired(materials, isNamed)
  expect(others).toEqual([])
  if (!pairing || 'error' in pairing) throw new Error('no pair', { cause: pairing?.error })
  return pairing
}

describe('what belongs together', () => {
  it('is found by keys and signatures, whatever the files are called', () => {
    const pair = onlyPair([
      holding('/s/1', web.issuer),
      keyIn('/s/2', web.key),
      holding('/s/3', web.leaf),
      holding('/s/4', web.leaf, web.issuer),
    ])
    expect(pair.files).toEqual({ certFile: '/s/3', fullchainFile: '/s/4', chainFile: '/s/1', keyFile: '/s/2' })
    expect(pair).toMatchObject({ path: '/s/4', leaf: web.leaf, chain: [web.issuer], root: undefined })
  })

  it('is told apart where a directory holds several, with issuers that are named after them', () => {
    const files = [
      holding('/s/web.crt', web.leaf, web.issuer),
      holding('/s/web.issuer.crt', web.issuer),
      keyIn('/s/web.key', web.key),
      holding('/s/mail.crt', mail.leaf, mail.issuer),
      holding('/s/chain.crt', mail.issuer),
      keyIn('/s/mail.key', mail.key),
    ]
    expect(paired(files)).toMatchObject([
      { files: { fullchainFile: '/s/web.crt', chainFile: '/s/web.issuer.crt', keyFile: '/s/web.key' } },
      { files: { fullchainFile: '/s/mail.crt', keyFile: '/s/mail.key' } },
    ])
  })

  it('has the issuers written to a certificate alone in its file, unless another file has them', () => {
    expect(onlyPair([holding('/s/tls.crt', web.leaf), keyIn('/s/tls.key', web.key)]).files).toEqual({
      fullchainFile: '/s/tls.crt',
      keyFile: '/s/tls.key',
    })
    const { files } = onlyPair([
      holding('/s/tls.crt', web.leaf),
      holding('/s/inter.crt', web.issuer),
      keyIn('/s/tls.key', web.key),
    ])
    expect(files).toEqual({ certFile: '/s/tls.crt', chainFile: '/s/inter.crt', keyFile: '/s/tls.key' })
  })

  it('may be one file, with its root beside it, which is replaced only where it is named', () => {
    const files = [keyIn('/s/all.pem', web.key, [web.leaf, web.issuer]), holding('/s/root.crt', web.root, web.issuer)]
    expect(onlyPair(files)).toMatchObject({ files: { combinedFile: '/s/all.pem' }, root: web.root })
    const direct = [keyIn('/s/all.pem', web.key, [web.leaf]), holding('/s/ca.crt', web.issuer, web.root)]
    expect(onlyPair(direct, true).files).toEqual({ combinedFile: '/s/all.pem', chainFile: '/s/ca.crt' })
  })

  it('has its key in the form that it has now', () => {
    const key = { ...keyIn('/s/tls.key', web.key), keyForm: { isEncrypted: false, isTraditional: true } }
    expect(onlyPair([holding('/s/tls.crt', web.leaf), key]).files).toMatchObject({ keyFormat: 'traditional' })
    const encrypted = { ...key, keyForm: { isEncrypted: true, isTraditional: true } }
    expect(onlyPair([holding('/s/tls.crt', web.leaf), encrypted]).files).not.toHaveProperty('keyFormat')
  })

  it("includes a server's own certificate that calls itself a CA, and no CA", () => {
    const subject = ['-subj', '/CN=self', '-addext', 'subjectAltName=DNS:self.test']
    const made = openssl([
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
      ...subject,
    ])
    const self = parseCertificate(made, 'self')
    expect(self.isCa).toBe(true)
    expect(paired([holding('/s/self.crt', self)])).toMatchObject([{ error: { code: 'no-key' } }])
    expect(paired([holding('/s/ca.crt', web.root), holding('/s/int.crt', web.issuer)])).toEqual([])
  })
})

describe('what does not belong together', () => {
  it('is a certificate with a key that is of no other either', () => {
    const files = [holding('/s/tls.crt', web.leaf), keyIn('/s/tls.key', mail.key)]
    expect(paired(files)).toMatchObject([
      { path: '/s/tls.crt', error: { code: 'key-mismatch', facts: { path: '/s/tls.crt', key: '/s/tls.key' } } },
    ])
    const inOne = [keyIn('/s/all.pem', mail.key, [web.leaf])]
    expect(paired(inOne)).toMatchObject([{ error: { code: 'key-mismatch' } }])
  })

  it('is told as missing where all keys are of others, and keeps none of those back', () => {
    const files = [holding('/s/web.crt', web.leaf), holding('/s/mail.crt', mail.leaf), keyIn('/s/mail.key', mail.key)]
    expect(paired(files)).toMatchObject([{ error: { code: 'no-key' } }, { files: { keyFile: '/s/mail.key' } }])
  })

  it('may be in a file that could not be read, which is then told', () => {
    const error = new FileError('/s/web.key cannot be read', { code: 'permission-denied' })
    const faults = [{ path: '/s/web.key', error }]
    const materials = [holding('/s/web.crt', web.leaf)]
    expect(pairUp({ materials, faults, isNamed: false })).toEqual([{ path: '/s/web.crt', error }])
  })

  it('is refused where two files hold the same', () => {
    const files = [holding('/s/a.crt', web.leaf), holding('/s/b.crt', web.leaf), keyIn('/s/a.key', web.key)]
    expect(paired([...files, holding('/s/c.crt', web.issuer)])).toMatchObject([{ error: { code: 'ambiguous' } }])
  })
})
