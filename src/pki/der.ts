import {
  type ASN1Encodable,
  ASN1Class,
  ASN1EncodableSequence,
  ASN1EncodableSet,
  ASN1Form,
  ASN1ObjectIdentifier,
  ASN1Value,
  encodeASN1,
  encodeObjectIdentifier,
} from '@oslojs/asn1'

/** What X.690 calls a value; `encodeASN1` makes DER of it. */
export type DerValue = ASN1Encodable

/** Undefined stands for an optional element that is absent. */
export function sequence(...elements: readonly (DerValue | undefined)[]): DerValue {
  return new ASN1EncodableSequence(elements.filter((element) => element !== undefined))
}

/** DER puts the elements of a set in order (X.690, 11.6). */
export function setOf(...elements: readonly DerValue[]): DerValue {
  const encoded = elements.map((element) => ({ element, bytes: encodeASN1(element) }))
  encoded.sort((one, other) => Buffer.compare(one.bytes, other.bytes))
  return new ASN1EncodableSet(encoded.map(({ element }) => element))
}

export function objectIdentifier(oid: string): DerValue {
  return new ASN1ObjectIdentifier(encodeObjectIdentifier(oid))
}

/** An implicit tag of its context over the octets of a primitive value. */
export function taggedOctets(tag: number, octets: Uint8Array): DerValue {
  return new ASN1Value(ASN1Class.ContextSpecific, ASN1Form.Primitive, tag, octets)
}

/** An implicit tag of its context over a set or sequence of values. */
export function taggedList(tag: number, elements: readonly DerValue[]): DerValue {
  const octets = Buffer.concat(elements.map((element) => encodeASN1(element)))
  return new ASN1Value(ASN1Class.ContextSpecific, ASN1Form.Constructed, tag, octets)
}
