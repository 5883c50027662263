import 'reflect-metadata'
import { randomUUID, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hour = 3_600_000

export interface Identity {
  readonly cert: string
  readonly key: string
}

interface Wish {
  readonly sans?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[]
  /** In hours from now. */
  readonly validFrom?: number
  readonly validTo?: number
}

/** A CA made for one run. */
export class TestAuthority {
  readonly #root: x509.X509Certificate
  readonly #keys: webcrypto.CryptoKeyPair

  private constructor(root: x509.X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.#root = root
    this.#keys = keys
  }

  static async create(): Promise<TestAuthority> {
    const keys = await generateKeys()
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=test root ${randomUUID()}`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: at(-48),
      notAfter: at(48),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    })
    return new TestAuthority(root, keys)
  }

  get pem(): string {
    return this.#root.toString('pem')
  }

  async issue({
    sans = [{ type: 'ip', value: '127.0.0.1' }],
    validFrom = -1,
    validTo = 1,
  }: Wish = {}): Promise<Identity> {
    const keys = await generateKeys()
    const certificate = await x509.X509CertificateGenerator.create({
      subject: 'CN=leaf',
      issuer: this.#root.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      notBefore: at(validFrom),
      notAfter: at(validTo),
      extensions: [new x509.SubjectAlternativeNameExtension([...sans])],
    })
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
    const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`
    return { cert: certificate.toString('pem'), key }
  }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function at(hours: number): Date {
  return new Date(Date.now() + hours * hour)
}
