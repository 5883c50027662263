import { isDeepStrictEqual } from 'node:util'
import { ConfigError } from '../core/errors.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { DeploymentReport } from './deployment/deployment-report.ts'
import type { Host } from './host.ts'
import { issueCertificate, type Issuance, type IssueOrder } from './issue-certificate.ts'
import type { Issuer } from './issuer.ts'

export type DeployedIssuance = Issuance & { readonly deployment?: DeploymentReport | undefined }

/** Issues and publishes a certificate, then runs its hooks and probes. */
export async function issueAndDeploy(
  order: IssueOrder,
  issuer: Issuer,
  host: Host,
  signal: AbortSignal,
): Promise<DeployedIssuance> {
  const { directory } = order
  const issuance = await issueCertificate(order, issuer, host, signal)
  if (!issuance.hasDeploymentWork) return issuance
  const { deployPending } = await import('./deployment/deploy-pending.ts')
  const issuerFor = (record: CertificateRecord): Promise<Issuer> => sameIssuer(issuer, record)
  const deployment = (await deployPending([directory], { host, signal, issuerFor })).get(directory.path)
  if (deployment === undefined) return issuance
  const warnings = [...issuance.warnings, ...deployment.warnings]
  if (deployment.error === undefined || signal.aborted) return { ...issuance, warnings, deployment }
  const { runFailureHooks } = await import('./deployment/failure-hooks.ts')
  const failure = { place: directory, phase: 'deployment' as const, error: deployment.error }
  return { ...issuance, warnings: [...warnings, ...(await runFailureHooks([failure], host, signal))], deployment }
}

/** What was there before may be of another issuer than the one that was asked now. */
async function sameIssuer(issuer: Issuer, { issuer: recorded }: CertificateRecord): Promise<Issuer> {
  const place = ({ kind, address, mount, namespace }: CertificateRecord['issuer']) => ({
    kind,
    address,
    mount,
    namespace,
  })
  if (isDeepStrictEqual(place(issuer.recorded), place(recorded))) return Promise.resolve(issuer)
  throw new ConfigError('it is of another issuer', { hint: 'certctl renew revokes it there' })
}
