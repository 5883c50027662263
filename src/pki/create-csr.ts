import {
  ASN1BitString,
  ASN1Boolean,
  ASN1Integer,
  ASN1Null,
  ASN1OctetString,
  ASN1UTF8String,
  encodeASN1,
  parseASN1NoLeftoverBytes,
} from '@oslojs/asn1'
import { type DerValue, objectIdentifier, sequence, setOf, taggedList, taggedOctets } from './der.ts'
import { ipAddressOctets } from './ip-address.ts'
import type { San } from './names.ts'
import {
  commonNameOid,
  curveOids,
  ecPublicKeyOid,
  extensionRequestOid,
  subjectAltNameOid,
} from './object-identifiers.ts'
import { formatPem } from './pem.ts'
import type { PrivateKey } from './private-key.ts'
import { hasNullParameters, signBytes, signatureAlgorithmOf } from './signature.ts'

// Not by the classes of the reader (csr.ts): to load them takes longer than anything else that an issue does.

export interface CsrContent {
  /** Undefined makes an empty subject. */
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  readonly key: PrivateKey
}

/** A request (PKCS#10; RFC 2986, section 4) in PEM that the key signs. */
export async function createCsr(content: CsrContent): Promise<string> {
  const { key } = content
  const algorithm = signatureAlgorithmOf(key)
  const info = requestInfo(content)
  const signature = await signBytes(encodeASN1(info), key)
  const request = sequence(
    info,
    sequence(objectIdentifier(algorithm.oid), hasNullParameters(algorithm) ? new ASN1Null() : undefined),
    new ASN1BitString(signature, signature.length * 8),
  )
  return formatPem('CERTIFICATE REQUEST', encodeASN1(request))
}

/** The attributes are there also when there are none: their tag is not optional. */
function requestInfo({ commonName, sans, key }: CsrContent): DerValue {
  const names = sans.length === 0 ? [] : [subjectAltName(sans, commonName === undefined)]
  const attributes = names.map((extension) =>
    sequence(objectIdentifier(extensionRequestOid), setOf(sequence(extension))),
  )
  return sequence(new ASN1Integer(0n), subject(commonName), publicKeyInfo(key), taggedList(0, attributes))
}

/** The key's place and form (RFC 5280, 4.1). That of an elliptic key is made here: OpenSSL takes three times what its key takes. */
function publicKeyInfo({ keyType, publicKey }: PrivateKey): DerValue {
  const curve = curveOids[keyType]
  if (curve === undefined) return parseASN1NoLeftoverBytes(publicKey.export({ type: 'spki', format: 'der' }))
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  // 4: the point as it is, not compressed (RFC 5480, 2.2).
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return sequence(
    sequence(objectIdentifier(ecPublicKeyOid), objectIdentifier(curve)),
    new ASN1BitString(point, point.length * 8),
  )
}

function subject(commonName: string | undefined): DerValue {
  if (commonName === undefined) return sequence()
  return sequence(setOf(sequence(objectIdentifier(commonNameOid), new ASN1UTF8String(Buffer.from(commonName)))))
}

/** Critical when nothing else names the subject (RFC 5280, 4.2.1.6). */
function subjectAltName(sans: readonly San[], isCritical: boolean): DerValue {
  const names = sequence(...sans.map((san) => generalName(san)))
  return sequence(
    objectIdentifier(subjectAltNameOid),
    // FALSE is the default, which DER leaves out.
    isCritical ? new ASN1Boolean(true) : undefined,
    new ASN1OctetString(encodeASN1(names)),
  )
}

function generalName({ type, value }: San): DerValue {
  switch (type) {
    case 'email':
      return taggedOctets(1, Buffer.from(value))
    case 'dns':
      return taggedOctets(2, Buffer.from(value))
    case 'uri':
      return taggedOctets(6, Buffer.from(value))
    case 'ip':
      return taggedOctets(7, ipAddressOctets(value))
  }
}
