import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Extension,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { commonNameOid } from './object-identifiers.ts'
import type { PrivateKey } from './private-key.ts'
import { hasNullParameters, signatureAlgorithmOf } from './signature.ts'

/** A copy: a Buffer may be a window on a larger one. */
export function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** A subject of one common name, or the empty one. */
export function toName(commonName: string | undefined): Name {
  if (commonName === undefined) return new Name()
  const value = new AttributeValue({ utf8String: commonName })
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonNameOid, value })])])
}

/** The last, most specific common name. */
export function commonNameIn(name: Name): string | undefined {
  const found = name.flatMap((rdn) => [...rdn]).findLast(({ type }) => type === commonNameOid)
  return found?.value.toString()
}

export function toExtension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

/** What stands in a certificate or CRL that the key signs. */
export function toAlgorithmIdentifier(key: PrivateKey): AlgorithmIdentifier {
  const algorithm = signatureAlgorithmOf(key)
  const parameters = hasNullParameters(algorithm) ? { parameters: null } : {}
  return new AlgorithmIdentifier({ algorithm: algorithm.oid, ...parameters })
}

export function toPublicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(arrayBuffer(key.export({ type: 'spki', format: 'der' })), SubjectPublicKeyInfo)
}

export function toPublicKey(info: SubjectPublicKeyInfo): KeyObject {
  return createPublicKey({ key: Buffer.from(AsnConvert.serialize(info)), type: 'spki', format: 'der' })
}
