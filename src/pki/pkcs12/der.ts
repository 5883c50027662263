import { ASN1Class, ASN1Form, ASN1Integer, ASN1Null, ASN1OctetString, ASN1Value, encodeASN1 } from '@oslojs/asn1'
import { type DerValue, taggedList } from '../der.ts'

export const integer = (value: number): DerValue => new ASN1Integer(BigInt(value))
export const nothing = (): DerValue => new ASN1Null()
export const octets = (bytes: Uint8Array): DerValue => new ASN1OctetString(bytes)

/** BMPString: X.680, table 1; big-endian UTF-16. */
export const utf16 = (value: string): DerValue =>
  new ASN1Value(ASN1Class.Universal, ASN1Form.Primitive, 30, Buffer.from(value, 'utf16le').swap16())

/** `[0] EXPLICIT`. */
export const tagged = (value: DerValue): DerValue => taggedList(0, [value])

export function encode(value: DerValue): Buffer {
  return Buffer.from(encodeASN1(value))
}
