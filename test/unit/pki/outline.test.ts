import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formatPem } from '../../../src/pki/pem.ts'
import { outlineOf } from '../../../src/pki/outline.ts'
import { formatSerial } from '../../../src/pki/serial.ts'
import { SigningCa } from '../../support/signing-ca.ts'

async function certificate(notBefore: string, notAfter: string): Promise<X509Certificate> {
  const ca = await SigningCa.root('root', { notBefore: new Date(notBefore), notAfter: new Date(notAfter) })
  return new X509Certificate(Buffer.from(ca.certificate.rawData))
}

describe('the outline of a certificate', () => {
  it.each([
    ['1970-01-01T00:00:00Z', '1999-12-31T23:59:59Z'],
    ['2026-02-28T23:59:59Z', '2049-12-31T23:59:59Z'],
    ['2049-12-31T23:59:59Z', '2050-01-01T00:00:00Z'],
    ['2026-11-24T10:00:00Z', '9999-12-31T23:59:59Z'],
  ])('is read as Node reads it: %s to %s', async (notBefore, notAfter) => {
    const made = await certificate(notBefore, notAfter)
    const outline = outlineOf(made.toString())
    expect(outline).toEqual({
      serial: formatSerial(made.serialNumber),
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      der: made.raw,
    })
    expect([new Date(made.validFrom), new Date(made.validTo)]).toEqual([outline?.notBefore, outline?.notAfter])
  })

  it('is that of the first of several', async () => {
    const [one, other] = [
      await certificate('2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'),
      await certificate('2021-01-01T00:00:00Z', '2031-01-01T00:00:00Z'),
    ]
    expect(outlineOf(`${one.toString()}${other.toString()}`)?.notAfter).toEqual(new Date('2030-01-01T00:00:00Z'))
  })

  it('is not guessed from a certificate that is cut off', async () => {
    const { raw } = await certificate('2026-01-01T00:00:00Z', '2060-01-01T00:00:00Z')
    const whole = outlineOf(formatPem('CERTIFICATE', raw))
    for (let length = 0; length < raw.length; length += 1) {
      const cut = outlineOf(formatPem('CERTIFICATE', raw.subarray(0, length)))
      expect(cut).toBeUndefined()
    }
    expect(whole).toBeDefined()
  })

  it.each([
    '',
    'text',
    '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    formatPem('CERTIFICATE', Buffer.from([0x30, 0x84])),
    formatPem('X', Buffer.from('x')),
  ])('is none where there is no certificate: %j', (text) => {
    expect(outlineOf(text)).toBeUndefined()
  })
})
