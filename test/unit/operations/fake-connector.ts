import { Duration } from '../../../src/core/duration.ts'
import type {
  CertificateRequest,
  Connector,
  Finding,
  IssuedCertificate,
  IssuerChain,
  Revocation,
} from '../../../src/connectors/connector.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { generatePrivateKey } from '../../../src/pki/private-key.ts'
import type { IssuingCa } from '../../support/issuing-ca.ts'
import type { FakeClock } from '../../support/fake-clock.ts'

/** Signs what it is asked for, for thirty days unless told otherwise; remembers what it was asked. */
export class FakeConnector implements Connector {
  readonly name = 'prod'
  readonly kind = 'fake'
  readonly requests: CertificateRequest[] = []
  warnings: readonly string[] = []
  /** Consulted before anything is issued. */
  refuse: (request: CertificateRequest) => Promise<void> = () => Promise.resolve()

  constructor(
    private readonly ca: IssuingCa,
    private readonly clock: FakeClock,
  ) {}

  async issue(request: CertificateRequest, signal?: AbortSignal): Promise<IssuedCertificate> {
    signal?.throwIfAborted()
    this.requests.push(request)
    await this.refuse(request)
    const { commonName, sans, ttl = Duration.ofDays(30), key } = request
    const privateKey = key.origin === 'issuer' ? await generatePrivateKey(key.keyType ?? 'ec256') : undefined
    const publicKey = key.origin === 'csr' ? (await parseCsr(key.csr)).publicKey : privateKey!.publicKey
    const now = this.clock.now()
    const leaf = await this.ca.sign({ commonName, sans, publicKey, notBefore: now, notAfter: ttl.after(now) })
    return { leaf, privateKey, chain: [this.ca.intermediate], root: this.ca.root, warnings: this.warnings }
  }

  revoke(): Promise<Revocation> {
    return Promise.reject(new Error('not asked for'))
  }

  chain(): Promise<IssuerChain> {
    return Promise.resolve({ chain: [this.ca.intermediate], root: this.ca.root })
  }

  check(): Promise<readonly Finding[]> {
    return Promise.reject(new Error('not asked for'))
  }
}
