import { type KeyObject, X509Certificate } from 'node:crypto'
import { FileError } from '../core/errors.ts'
import { commonNameOf, formatDistinguishedName } from './distinguished-name.ts'
import { keyTypeOf } from './key-type.ts'
import { type San, otherNameKinds, parseSubjectAltName, sameSan } from './names.ts'
import { parsePem } from './pem.ts'
import { formatSerial } from './serial.ts'
import { formatTime } from '../core/time.ts'
import { parseNodeTime } from './time.ts'

/**
 * By their texts: in a batch the same CAs come with every certificate, and each certificate is looked at from several sides.
 * The last of them is the one that was asked for last, so that CAs stay while leaves go.
 */
const recent = new Map<string, Certificate>()
const remembered = 256

function remember(text: string, certificate: Certificate): void {
  recent.delete(text)
  recent.set(text, certificate)
  const [oldest] = recent.keys()
  if (recent.size > remembered && oldest !== undefined) recent.delete(oldest)
}

/** An X.509 certificate, parsed once by node:crypto; all texts are printable. */
export class Certificate {
  /** Ends in a newline. */
  readonly pem: string
  /** One line of RFC 4514, like `CN=web.corp,O=Acme`; empty when the certificate has none. */
  readonly subject: string
  readonly issuer: string
  readonly commonName: string | undefined
  /** Lower-case hex pairs with colons. */
  readonly serial: string
  readonly sans: readonly San[]
  readonly notBefore: Date
  readonly notAfter: Date
  readonly publicKey: KeyObject
  /** Lower-case hex pairs with colons. */
  readonly fingerprintSha256: string
  /** Says so by its basic constraints. */
  readonly isCa: boolean
  readonly #x509: X509Certificate
  readonly #issuers = new WeakMap<Certificate, boolean>()

  private constructor(x509: X509Certificate) {
    this.#x509 = x509
    this.pem = x509.toString()
    this.subject = formatDistinguishedName(x509.subject)
    this.issuer = formatDistinguishedName(x509.issuer)
    this.commonName = commonNameOf(x509.subject)
    this.serial = formatSerial(x509.serialNumber)
    this.sans = parseSubjectAltName(x509.subjectAltName ?? '')
    this.notBefore = parseNodeTime(x509.validFrom)
    this.notAfter = parseNodeTime(x509.validTo)
    this.publicKey = x509.publicKey
    this.fingerprintSha256 = x509.fingerprint256.toLowerCase()
    this.isCa = x509.ca
  }

  /** Reads DER or the first certificate in PEM; undefined when that can't be read as a certificate. */
  static parse(input: string | Uint8Array): Certificate | undefined {
    if (typeof input !== 'string') return Certificate.#read(input)
    const certificate = recent.get(input) ?? Certificate.#read(input)
    if (certificate === undefined) return undefined
    remember(input, certificate)
    // What is published is this text, which may end in another way than the issuer's.
    if (certificate.pem !== input) remember(certificate.pem, certificate)
    return certificate
  }

  static #read(input: string | Uint8Array): Certificate | undefined {
    const encoded = typeof input === 'string' ? firstCertificateBlock(input) : input
    if (encoded === undefined) return undefined
    try {
      return new Certificate(new X509Certificate(encoded))
    } catch {
      return undefined
    }
  }

  get keyType(): string {
    return keyTypeOf(this.publicKey)
  }

  get der(): Buffer {
    return this.#x509.raw
  }

  /** Kinds of alternative names that are not among `sans`, such as `othername`. */
  get otherNames(): readonly string[] {
    return otherNameKinds(this.#x509.subjectAltName ?? '')
  }

  get isSelfSigned(): boolean {
    return this.isIssuedBy(this)
  }

  /** By names, key identifiers and signature; whether the other may still sign today is not asked. */
  isIssuedBy(other: Certificate): boolean {
    const known = this.#issuers.get(other)
    if (known !== undefined) return known
    const isIssuer = this.#x509.checkIssued(other.#x509) && this.#x509.verify(other.publicKey)
    this.#issuers.set(other, isIssuer)
    return isIssuer
  }

  /** Whether a TLS client that looks for this name takes it. The common name does not count (RFC 9525). */
  isFor(name: San): boolean {
    if (name.type === 'dns') return this.#x509.checkHost(name.value, { subject: 'never' }) !== undefined
    if (name.type === 'ip') return this.#x509.checkIP(name.value) !== undefined
    return this.sans.some((san) => sameSan(san, name))
  }

  equals(other: Certificate): boolean {
    return this.fingerprintSha256 === other.fingerprintSha256
  }
}

/** `name` is what the FileError calls it, such as its path. */
export function parseCertificate(input: string | Uint8Array, name: string): Certificate {
  const certificate = Certificate.parse(input)
  if (!certificate)
    throw new FileError(`${name} is no certificate`, {
      hint: 'check it with: openssl x509 -noout -subject -in FILE',
    })
  return certificate
}

/** All certificates in a text of PEM blocks, in order; blocks of other kinds are passed over. */
export function parseCertificates(text: string, name: string): readonly Certificate[] {
  return parsePem(text)
    .filter(({ label }) => isCertificateLabel(label))
    .map(({ pem }) => parseCertificate(pem, name))
}

/** What `--json` shows as `certificate`. */
export interface CertificateDescription {
  readonly subject: string
  readonly serial: string
  readonly issuer: string
  readonly sans: readonly San[]
  readonly notBefore: string
  readonly notAfter: string
  readonly keyType: string
  readonly fingerprintSha256: string
}

export function describeCertificate(certificate: Certificate): CertificateDescription {
  const { subject, serial, issuer, sans, notBefore, notAfter, keyType, fingerprintSha256 } = certificate
  return {
    subject,
    serial,
    issuer,
    sans: sans.map(({ type, value }) => ({ type, value })),
    notBefore: formatTime(notBefore),
    notAfter: formatTime(notAfter),
    keyType,
    fingerprintSha256,
  }
}

function firstCertificateBlock(text: string): string | undefined {
  return parsePem(text).find(({ label }) => isCertificateLabel(label))?.pem
}

export function isCertificateLabel(label: string): boolean {
  return label === 'CERTIFICATE' || label === 'X509 CERTIFICATE'
}
