import type { CertificateRequest, Connector, Finding } from '../connectors/connector.ts'
import type { Duration } from '../core/duration.ts'
import { checkHost, type HostQuestion } from './check-host.ts'
import type { Host } from './host.ts'
import type { WantedCertificate } from './obtain-certificate.ts'

export interface IssuerQuestion {
  /** Undefined asks whether the issuer can do its work at all. */
  readonly wanted: WantedCertificate | undefined
  readonly ttl: Duration | undefined
  readonly serverKey: boolean
}

export interface CheckOrder extends IssuerQuestion {
  readonly onHost: HostQuestion
}

/** What stands for and against an issue, at the issuer and on this host. Nothing is issued and nothing written. */
export async function checkIssuing(
  order: CheckOrder,
  connector: Connector,
  host: Host,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings = await checkIssuer(order, connector, signal)
  return [...findings, ...(await checkHost(order.onHost, host, signal))]
}

/** What stands for and against an issue at the issuer. */
export async function checkIssuer(
  question: IssuerQuestion,
  connector: Connector,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  return connector.check(await requestFor(question), signal)
}

async function requestFor({ wanted, ttl, serverKey }: IssuerQuestion): Promise<CertificateRequest> {
  if (wanted === undefined) {
    const key = serverKey ? ({ origin: 'issuer', keyType: undefined } as const) : ({ origin: 'csr', csr: '' } as const)
    return { commonName: undefined, sans: [], ttl, key }
  }
  return { ...wanted, key: await requestedKey(wanted) }
}

/** A key that nothing depends on yet is made to ask with, and thrown away. */
async function requestedKey({ key, commonName, sans }: WantedCertificate): Promise<CertificateRequest['key']> {
  if (key.origin === 'issuer') return key
  if (key.origin === 'csr') return { origin: 'csr', csr: key.csr.pem, publicKey: key.csr.publicKey }
  const { createCsr } = await import('../pki/create-csr.ts')
  if (key.origin === 'file')
    return { origin: 'csr', csr: await createCsr({ commonName, sans, key: key.key }), publicKey: key.key.publicKey }
  const { generatePrivateKey } = await import('../pki/private-key.ts')
  const made = await generatePrivateKey(key.keyType ?? 'ec256')
  const csr = await createCsr({ commonName, sans, key: made })
  return { origin: 'csr', csr, ...(key.keyType === undefined ? {} : { publicKey: made.publicKey }) }
}
