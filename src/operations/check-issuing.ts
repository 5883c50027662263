import type { CertificateRequest, Connector, Finding } from '../connectors/connector.ts'
import type { Duration } from '../core/duration.ts'
import { CertctlError, errorMessage } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { shellWord } from '../files/shell-word.ts'
import type { WantedCertificate } from './obtain-certificate.ts'

export interface CheckOrder {
  /** Undefined asks whether the issuer can do its work at all. */
  readonly wanted: WantedCertificate | undefined
  readonly ttl: Duration | undefined
  readonly serverKey: boolean
  /** Undefined where nothing would be written. */
  readonly directory: CertificateDirectory | undefined
  /** Whether what is there may be replaced. */
  readonly replace: boolean
}

/** What stands for and against an issue, at the issuer and on this host. Nothing is issued and nothing written. */
export async function checkIssuing(
  order: CheckOrder,
  connector: Connector,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const findings = await connector.check(await requestFor(order), signal)
  return order.directory ? [...findings, await directoryFinding(order.directory, order.replace)] : findings
}

async function requestFor({ wanted, ttl, serverKey }: CheckOrder): Promise<CertificateRequest> {
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

async function directoryFinding(directory: CertificateDirectory, replace: boolean): Promise<Finding> {
  const subject = 'directory'
  try {
    await directory.assertPublishable({ replace })
    return { subject, verdict: 'good', detail: `${directory.path} can be written` }
  } catch (error) {
    if (!(error instanceof CertctlError)) throw error
    if (error.code === 'exists') return occupied(directory)
    return {
      subject,
      verdict: 'bad',
      detail: errorMessage(error),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    }
  }
}

async function occupied(directory: CertificateDirectory): Promise<Finding> {
  const isOurs = (await directory.state()) === 'published'
  const detail = isOurs ? `${directory.path} holds a certificate already` : `${directory.path} holds other files`
  const hint = isOurs
    ? `renew it: certctl renew ${shellWord(directory.path)}; --force replaces it`
    : '--force adds to it'
  return { subject: 'directory', verdict: 'bad', detail, hint }
}
