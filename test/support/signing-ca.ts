import { x509 } from './x509.ts'
import { type KeyObject, randomBytes, webcrypto } from 'node:crypto'

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface LeafRequest extends Validity {
  /** Undefined makes an empty subject. */
  readonly commonName: string | undefined
  readonly publicKey: x509.PublicKey
  readonly sans: x509.JsonGeneralNames
  readonly usages: readonly x509.ExtendedKeyUsage[]
  /** As a Vault role demands them; default digitalSignature alone. */
  readonly keyUsages?: x509.KeyUsageFlags
}

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const

/** A CA with an ECDSA P-256 key that signs what it is told to: made for tests, with a library that the program has not. */
export class SigningCa {
  private constructor(
    readonly certificate: x509.X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
    readonly parent: SigningCa | undefined,
  ) {}

  static async root(commonName: string, validity: Validity): Promise<SigningCa> {
    const keys = await newKeys()
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerial(),
      name: nameOf(commonName),
      ...validity,
      keys,
      signingAlgorithm,
      extensions: await caExtensions(keys.publicKey, keys.publicKey),
    })
    return new SigningCa(certificate, keys, undefined)
  }

  async intermediate(commonName: string, validity: Validity, constraints = anyLength): Promise<SigningCa> {
    const keys = await newKeys()
    const extensions = await caExtensions(keys.publicKey, this.keys.publicKey, constraints)
    const certificate = await this.#sign(nameOf(commonName), keys.publicKey, validity, extensions)
    return new SigningCa(certificate, keys, this)
  }

  async sign(request: LeafRequest): Promise<x509.X509Certificate> {
    const subject = request.commonName === undefined ? [] : nameOf(request.commonName)
    const extensions = [
      new x509.KeyUsagesExtension(request.keyUsages ?? x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([...request.usages]),
      await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(this.keys.publicKey),
      ...(request.sans.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(request.sans, request.commonName === undefined)]),
    ]
    return this.#sign(subject, request.publicKey, request, extensions)
  }

  /** Issuers in order from this one up, root included. */
  get chain(): readonly x509.X509Certificate[] {
    return [this.certificate, ...(this.parent?.chain ?? [])]
  }

  #sign(
    subject: x509.JsonName,
    publicKey: x509.PublicKey | webcrypto.CryptoKey,
    { notBefore, notAfter }: Validity,
    extensions: x509.Extension[],
  ): Promise<x509.X509Certificate> {
    return x509.X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject,
      issuer: this.certificate.subjectName,
      notBefore,
      notAfter,
      publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm,
      extensions,
    })
  }
}

/** PEM as Vault gives it: without a newline at its end. */
export function pemOf(certificate: x509.X509Certificate): string {
  return certificate.toString('pem').trimEnd()
}

/** Lower-case hex pairs with colons. */
export function serialOf(certificate: x509.X509Certificate): string {
  return certificate.serialNumber.replace(/^(?:00)+(?=..)/, '').replace(/(..)(?=.)/g, '$1:')
}

/** A key made by node:crypto, for the library. */
export function toPublicKey(key: KeyObject): x509.PublicKey {
  return new x509.PublicKey(new Uint8Array(key.export({ type: 'spki', format: 'der' })))
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

/** Twenty bytes, positive and without a zero in front (RFC 5280, 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(20)
  bytes[0] = (bytes[0]! & 0x7f) | 0x01
  return bytes.toString('hex')
}

function nameOf(commonName: string): x509.JsonName {
  return [{ CN: [commonName] }]
}

const anyLength = new x509.BasicConstraintsExtension(true, undefined, true)

async function caExtensions(
  own: webcrypto.CryptoKey,
  issuer: webcrypto.CryptoKey,
  constraints = anyLength,
): Promise<x509.Extension[]> {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    constraints,
    await x509.SubjectKeyIdentifierExtension.create(own),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
  ]
}
