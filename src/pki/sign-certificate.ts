import { createHash, type KeyObject, randomBytes } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate as AsnCertificate,
  ExtendedKeyUsage,
  type Extension,
  Extensions,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  SubjectKeyIdentifier,
  TBSCertificate,
  Validity,
  Version,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
} from '@peculiar/asn1-x509'
import { arrayBuffer, toAlgorithmIdentifier, toExtension, toName, toPublicKeyInfo } from './asn1.ts'
import { Certificate } from './certificate.ts'
import type { San } from './names.ts'
import type { PrivateKey } from './private-key.ts'
import { signBytes } from './signature.ts'
import { subjectAltNameExtensions } from './subject-alt-name.ts'

interface Period {
  /** Both are cut to the second. */
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface RootContent extends Period {
  readonly commonName: string
  readonly key: PrivateKey
}

export interface LeafContent extends Period {
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  readonly publicKey: KeyObject
}

/** A CA's certificate and the key it is for. */
export interface SigningCa {
  readonly certificate: Certificate
  readonly key: PrivateKey
}

/** A self-signed CA certificate that may sign leaves only. */
export async function signRoot({ commonName, key, ...period }: RootContent): Promise<Certificate> {
  const name = toName(commonName)
  const extensions = [
    toExtension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    toExtension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
    subjectKeyIdentifier(key.publicKey),
  ]
  return sign({ subject: name, issuer: name, publicKey: key.publicKey, extensions, ...period }, key)
}

/** A certificate for servers and clients. Throws when what came out would not verify, as with a CA that may not sign. */
export async function signLeaf(content: LeafContent, ca: SigningCa): Promise<Certificate> {
  const { commonName, sans, publicKey, notBefore, notAfter } = content
  const extensions = [
    // cA is FALSE by default, so DER leaves it out (RFC 5280, 4.2.1.9).
    toExtension(id_ce_basicConstraints, true, new BasicConstraints()),
    toExtension(id_ce_keyUsage, true, leafKeyUsage(publicKey)),
    toExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
    subjectKeyIdentifier(publicKey),
    authorityKeyIdentifier(ca.certificate),
    ...subjectAltNameExtensions(sans, commonName),
  ]
  const issuer = subjectOf(ca.certificate)
  const leaf = await sign({ subject: toName(commonName), issuer, publicKey, extensions, notBefore, notAfter }, ca.key)
  if (!leaf.isIssuedBy(ca.certificate)) throw new Error('the new certificate does not verify against its CA')
  return leaf
}

/** The CA's own name, to be repeated as it is encoded there. */
export function subjectOf(certificate: Certificate): Name {
  return parsed(certificate).tbsCertificate.subject
}

export function authorityKeyIdentifier(ca: Certificate): Extension {
  const ownIdentifier = parsed(ca).tbsCertificate.extensions?.find(
    ({ extnID }) => extnID === id_ce_subjectKeyIdentifier,
  )
  const bytes = ownIdentifier ? AsnConvert.parse(ownIdentifier.extnValue, OctetString).buffer : keyHash(ca.publicKey)
  const value = new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(bytes) })
  return toExtension(id_ce_authorityKeyIdentifier, false, value)
}

interface Content extends Period {
  readonly subject: Name
  readonly issuer: Name
  readonly publicKey: KeyObject
  readonly extensions: readonly Extension[]
}

async function sign(content: Content, key: PrivateKey): Promise<Certificate> {
  const { subject, issuer, publicKey, extensions, notBefore, notAfter } = content
  const algorithm = toAlgorithmIdentifier(key)
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: randomSerial(),
    signature: algorithm,
    issuer,
    subject,
    validity: new Validity({ notBefore, notAfter }),
    subjectPublicKeyInfo: toPublicKeyInfo(publicKey),
    extensions: new Extensions([...extensions]),
  })
  const signatureValue = arrayBuffer(await signBytes(AsnConvert.serialize(tbsCertificate), key))
  const whole = new AsnCertificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue })
  const certificate = Certificate.parse(new Uint8Array(AsnConvert.serialize(whole)))
  if (!certificate) throw new Error('the new certificate cannot be read')
  return certificate
}

/** Positive, 16 octets, 126 random bits; the leading bits 01 keep its length and sign (RFC 5280, 4.1.2.2). */
function randomSerial(): ArrayBuffer {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return arrayBuffer(bytes)
}

/** Only RSA keys can be used to encrypt a key (RFC 8446 has no such exchange; TLS 1.2 does). */
function leafKeyUsage(publicKey: KeyObject): KeyUsage {
  const isRsa = publicKey.asymmetricKeyType === 'rsa'
  return new KeyUsage(KeyUsageFlags.digitalSignature | (isRsa ? KeyUsageFlags.keyEncipherment : 0))
}

function subjectKeyIdentifier(publicKey: KeyObject): Extension {
  return toExtension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyHash(publicKey)))
}

/** The SHA-1 of the key's bits: RFC 5280, 4.2.1.2, method 1. An identifier, so the weakness of SHA-1 does not matter. */
function keyHash(publicKey: KeyObject): ArrayBuffer {
  const { subjectPublicKey } = toPublicKeyInfo(publicKey)
  return arrayBuffer(createHash('sha1').update(new Uint8Array(subjectPublicKey)).digest())
}

function parsed(certificate: Certificate): AsnCertificate {
  return AsnConvert.parse(arrayBuffer(certificate.der), AsnCertificate)
}
