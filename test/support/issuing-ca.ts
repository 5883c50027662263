import type { KeyObject } from 'node:crypto'
import { parseCertificate, type Certificate } from '../../src/pki/certificate.ts'
import type { San } from '../../src/pki/names.ts'
import { SigningCa, pemOf, toPublicKey, type Validity } from './signing-ca.ts'

export interface WantedLeaf extends Validity {
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  readonly publicKey: KeyObject
}

const period = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2049-01-01T00:00:00Z') }

/** A root and an intermediate that signs whatever it is told to, as the program's own certificates. */
export class IssuingCa {
  readonly root: Certificate
  readonly intermediate: Certificate

  private constructor(
    rootCa: SigningCa,
    private readonly ca: SigningCa,
  ) {
    this.root = parseCertificate(pemOf(rootCa.certificate), 'the root')
    this.intermediate = parseCertificate(pemOf(ca.certificate), 'the intermediate')
  }

  static async create(end = period.notAfter): Promise<IssuingCa> {
    const root = await SigningCa.root('test root', period)
    return new IssuingCa(root, await root.intermediate('test intermediate', { ...period, notAfter: end }))
  }

  async sign({ commonName, sans, publicKey, notBefore, notAfter }: WantedLeaf): Promise<Certificate> {
    const names = sans.map(({ type, value }) => ({ type: type === 'uri' ? ('url' as const) : type, value }))
    const leaf = await this.ca.sign({
      commonName,
      sans: names,
      publicKey: toPublicKey(publicKey),
      notBefore,
      notAfter,
      usages: [],
    })
    return parseCertificate(pemOf(leaf), 'the leaf')
  }
}
