import {
  type BaseBlock,
  BmpString,
  Constructed,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  Set,
} from 'asn1js'
import { arrayBuffer } from '../asn1.ts'

export type Der = BaseBlock

export const integer = (value: number): Der => new Integer({ value })
export const nothing = (): Der => new Null()
export const oid = (value: string): Der => new ObjectIdentifier({ value })
export const octets = (bytes: Uint8Array): Der => new OctetString({ valueHex: arrayBuffer(bytes) })
export const utf16 = (value: string): Der => new BmpString({ value })
export const sequence = (...value: Der[]): Der => new Sequence({ value })
export const set = (...value: Der[]): Der => new Set({ value })

const contextual = { tagClass: 3, tagNumber: 0 }

/** `[0] EXPLICIT`. */
export const tagged = (value: Der): Der => new Constructed({ idBlock: contextual, value: [value] })

/** `[0] IMPLICIT OCTET STRING`. */
export const taggedOctets = (bytes: Uint8Array): Der =>
  new Primitive({ idBlock: contextual, valueHex: arrayBuffer(bytes) })

export function encode(der: Der): Buffer {
  return Buffer.from(der.toBER())
}
