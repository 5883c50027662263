import { describe, expect, it } from 'vitest'
import { formatCertificateRecord, parseCertificateRecord } from '../../../src/files/certificate-record.ts'
import { record } from './certificate-sets.ts'

const path = '/etc/ssl/www/certctl.json'

describe('the record of a certificate', () => {
  it('is read as it was written, with keys that this version does not know', () => {
    const written = { ...record(), later: { key: 1 }, issuer: { ...record().issuer, region: 'eu' } }
    expect(parseCertificateRecord(formatCertificateRecord(written), path)).toEqual(written)
  })

  it('ends in a newline', () => {
    expect(formatCertificateRecord(record())).toMatch(/^\{\n {2}"schema": 1,[^]*\n\}\n$/)
  })

  it('takes what is not there for null', () => {
    const { schema, name, sans, keyOrigin } = record()
    const short = JSON.stringify({ schema, name, sans, keyOrigin, issuer: { kind: 'local' } })
    expect(parseCertificateRecord(short, path)).toMatchObject({ ttlSeconds: null, csr: null, issuer: { mount: null } })
  })

  it.each([
    ['{"schema": 1', 'it is no JSON'],
    ['[]', 'it is no JSON object'],
    ['null', 'it is no JSON object'],
    ['{}', '"schema" is missing or has a wrong value'],
    [JSON.stringify({ ...record(), name: 7 }), '"name" is missing or has a wrong value'],
    [JSON.stringify({ ...record(), sans: [{ type: 'dns' }] }), '"sans.0.value" is missing or has a wrong value'],
    [JSON.stringify({ ...record(), ttlSeconds: -1 }), '"ttlSeconds" is missing or has a wrong value'],
    [JSON.stringify({ ...record(), keyType: 'dsa' }), '"keyType" is missing or has a wrong value'],
  ])('is broken when it is %s', (json, what) => {
    expect(() => parseCertificateRecord(json, path)).toThrow(
      expect.objectContaining({ exitCode: 7, code: 'broken-record', message: `${path} is broken: ${what}` }),
    )
  })

  it('of a newer certctl asks for an upgrade', () => {
    expect(() => parseCertificateRecord('{"schema": 2, "name": {}}', path)).toThrow(
      expect.objectContaining({
        exitCode: 7,
        message: `${path} was written by a newer certctl (schema 2)`,
        hint: expect.stringContaining('upgrade certctl') as string,
      }),
    )
  })
})
