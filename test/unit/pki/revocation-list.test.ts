import { describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { parseRevocationList, signRevocationList } from '../../../src/pki/revocation-list.ts'
import { revocationReasons } from '../../../src/pki/revocation-reasons.ts'
import { openssl } from '../../support/openssl.ts'
import { makeOwnCa } from '../../support/own-ca.ts'

const thisUpdate = new Date('2026-11-23T18:00:00Z')
const nextUpdate = new Date('2026-11-30T18:00:00Z')

describe('signRevocationList', () => {
  it('makes a list that openssl verifies and parseRevocationList reads back, every reason and large numbers included', async () => {
    const ca = await makeOwnCa()
    const serials = ['01', '80', 'ff:01', ...Array.from({ length: 6 }, (_, index) => `7f:0${index}`)]
    const revoked = revocationReasons.map((reason, index) => ({
      serial: serials[index]!,
      revokedAt: thisUpdate,
      reason,
    }))
    const list = { number: 5_000_000_000, thisUpdate, nextUpdate, revoked }
    const pem = await signRevocationList(list, ca)
    openssl(['crl', '-noout', '-CAfile', 'ca', '-in', 'crl'], { ca: ca.certificate.pem, crl: pem })
    expect(parseRevocationList(pem, 'crl.pem')).toEqual(list)
  })

  it('can be empty', async () => {
    const list = { number: 1, thisUpdate, nextUpdate, revoked: [] }
    const pem = await signRevocationList(list, await makeOwnCa())
    expect(openssl(['crl', '-noout', '-text', '-in', 'crl'], { crl: pem })).toContain('No Revoked Certificates')
    expect(parseRevocationList(pem, 'crl.pem')).toEqual(list)
  })
})

describe('parseRevocationList', () => {
  it.each(['', 'hello', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'])(
    'refuses %j by its name',
    (text) => {
      expect(() => parseRevocationList(text, 'crl.pem')).toThrow(FileError)
      expect(() => parseRevocationList(text, 'crl.pem')).toThrow(/^crl\.pem /)
    },
  )
})
