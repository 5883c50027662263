import { formatSerial } from './serial.ts'

/** What a certificate says of itself first. */
export interface CertificateOutline {
  /** Lower-case hex pairs with colons. */
  readonly serial: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly der: Buffer
}

const integer = 0x02
const sequence = 0x30
const utcTime = 0x17
const generalizedTime = 0x18
const explicitVersion = 0xa0

/**
 * Serial and dates of a certificate in PEM, without parsing the rest of it: a tenth of the time. Undefined for what does not
 * have them where RFC 5280, section 4.1 has them, and for a PEM text with anything before the certificate.
 */
export function outlineOf(pem: string): CertificateOutline | undefined {
  const base64 = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n/.exec(pem)?.[1]
  if (base64 === undefined) return undefined
  const der = Buffer.from(base64, 'base64')
  const certificate = elementAt(der, 0)
  const content = certificate?.tag === sequence ? elementAt(der, certificate.begin) : undefined
  if (content?.tag !== sequence) return undefined
  // Version where it is not 1, then serial number, signature algorithm and issuer.
  let next: Element | undefined = elementAt(der, content.begin)
  if (next?.tag === explicitVersion) next = elementAt(der, next.end)
  if (next?.tag !== integer) return undefined
  const serial = formatSerial(der.toString('hex', next.begin, next.end))
  for (let skipped = 0; skipped < 3 && next !== undefined; skipped += 1) next = elementAt(der, next.end)
  if (next?.tag !== sequence) return undefined
  const from = elementAt(der, next.begin)
  const to = from && elementAt(der, from.end)
  const notBefore = from && timeIn(der, from)
  const notAfter = to && timeIn(der, to)
  return notBefore && notAfter && { serial, notBefore, notAfter, der }
}

/** How many octets the first value takes; undefined when it is not whole. */
export function derLength(der: Buffer): number | undefined {
  return elementAt(der, 0)?.end
}

interface Element {
  readonly tag: number
  /** Of what is in it. */
  readonly begin: number
  readonly end: number
}

function elementAt(der: Buffer, offset: number): Element | undefined {
  const [tag, first] = [der[offset], der[offset + 1]]
  if (tag === undefined || first === undefined) return undefined
  const octets = first < 0x80 ? 0 : first & 0x7f
  if (octets > 4 || first === 0x80 || offset + 2 + octets > der.length) return undefined
  const begin = offset + 2 + octets
  const length = octets === 0 ? first : der.readUIntBE(offset + 2, octets)
  return begin + length > der.length ? undefined : { tag, begin, end: begin + length }
}

/** `YYMMDDHHMMSSZ` up to 2049, `YYYYMMDDHHMMSSZ` from 2050 on (RFC 5280, section 4.1.2.5). */
function timeIn(der: Buffer, { tag, begin, end }: Element): Date | undefined {
  const text = der.toString('latin1', begin, end)
  const digits = tag === utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  if (!(tag === utcTime || tag === generalizedTime) || !/^\d{14}Z$/.test(digits)) return undefined
  const part = (from: number, to: number): number => Number(digits.slice(from, to))
  return new Date(Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14)))
}
