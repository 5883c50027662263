import { type KeyObject, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { isIP } from 'node:net'
import { SigningCa, pemOf, toPublicKey } from './signing-ca.ts'
import { x509 } from './x509.ts'

/** PEM texts that end in a newline. */
export interface KeyAndCertificate {
  readonly cert: string
  /** PKCS#8. */
  readonly key: string
}

const day = 24 * 3600 * 1000

/** A CA for TLS servers and clients of tests, valid for a month around now. */
export class TestCa {
  private constructor(private readonly ca: SigningCa) {}

  static async create(commonName = 'Test CA'): Promise<TestCa> {
    return new TestCa(await SigningCa.root(commonName, { notBefore: fromNow(-15 * day), notAfter: fromNow(15 * day) }))
  }

  /** The CA's own certificate. */
  get cert(): string {
    return `${pemOf(this.ca.certificate)}\n`
  }

  /** For 127.0.0.1 and localhost. */
  server(names: readonly string[] = ['127.0.0.1', 'localhost']): Promise<KeyAndCertificate> {
    return this.#issue(names[0]!, names, x509.ExtendedKeyUsage.serverAuth, fromNow(-day), fromNow(day))
  }

  /** For the same names, expired yesterday. */
  expiredServer(): Promise<KeyAndCertificate> {
    const names = ['127.0.0.1', 'localhost']
    return this.#issue('localhost', names, x509.ExtendedKeyUsage.serverAuth, fromNow(-3 * day), fromNow(-day))
  }

  /** Good, but for a host that nobody asks for here. */
  wrongNameServer(): Promise<KeyAndCertificate> {
    return this.server(['elsewhere.test'])
  }

  client(commonName = 'test client'): Promise<KeyAndCertificate> {
    return this.#issue(commonName, [], x509.ExtendedKeyUsage.clientAuth, fromNow(-day), fromNow(day))
  }

  async #issue(
    commonName: string,
    names: readonly string[],
    usage: x509.ExtendedKeyUsage,
    notBefore: Date,
    notAfter: Date,
  ): Promise<KeyAndCertificate> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const certificate = await this.ca.sign({
      commonName,
      publicKey: toPublicKey(createPublicKey(privateKey)),
      sans: names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      usages: [usage],
      notBefore,
      notAfter,
    })
    return { cert: `${pemOf(certificate)}\n`, key: exportKey(privateKey) }
  }
}

function exportKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function fromNow(milliseconds: number): Date {
  return new Date(Math.floor((Date.now() + milliseconds) / 1000) * 1000)
}
