import { UsageError } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { DeploymentReport } from './deployment/deployment-report.ts'
import type { Failure } from './deployment/failure-hooks.ts'
import type { IssuerFor } from './deployment/revoke-superseded.ts'
import { renewAll, type BatchWork, type RenewalOutcome } from './renew-all.ts'
import type { RenewalOrder } from './renewal.ts'

export type DeployedOutcome = RenewalOutcome & { readonly deployment?: DeploymentReport | undefined }

export interface DeployedBatch {
  readonly outcomes: readonly DeployedOutcome[]
  /** Of no single certificate. */
  readonly warnings: readonly string[]
}

/**
 * Renews what is due, then brings into use what is published and not yet deployed, by this run or one before it, and last
 * runs what is to be done about failures. `tell` hears of each certificate when it was renewed, or could not be.
 */
export async function renewAndDeploy(
  directories: readonly CertificateDirectory[],
  order: Omit<RenewalOrder, 'directory'>,
  work: BatchWork,
  tell: (outcome: RenewalOutcome) => void,
): Promise<DeployedBatch> {
  const renewed = await renewAll(directories, order, work, tell)
  if (order.dryRun) return { outcomes: renewed, warnings: [] }
  return deployOutcomes(directories, renewed, order.issuerFor, work)
}

/** The second half of it, for certificates that were published by whatever operation. */
export async function deployOutcomes(
  directories: readonly CertificateDirectory[],
  renewed: readonly RenewalOutcome[],
  issuerFor: IssuerFor,
  work: BatchWork,
): Promise<DeployedBatch> {
  const paths = new Set(renewed.filter(mayOwe).map(({ directory }) => directory))
  const reports = await deployed(
    directories.filter(({ path }) => paths.has(path)),
    issuerFor,
    work,
  )
  const outcomes = renewed.map((outcome) => withDeployment(outcome, reports.get(outcome.directory)))
  return { outcomes, warnings: await tellFailures(directories, outcomes, work) }
}

/** A renewal that failed may have left in place what is not deployed either. */
function mayOwe(outcome: RenewalOutcome): boolean {
  return 'error' in outcome || outcome.renewal.hasDeploymentWork
}

// Loaded only where there is something to deploy: in the common run there is not.
async function deployed(
  directories: readonly CertificateDirectory[],
  issuerFor: IssuerFor,
  { host, signal }: BatchWork,
): Promise<ReadonlyMap<string, DeploymentReport>> {
  if (directories.length === 0) return new Map()
  const { deployPending } = await import('./deployment/deploy-pending.ts')
  return deployPending(directories, { host, signal, issuerFor })
}

/** A certificate that was taken back is a renewal that failed. */
function withDeployment(outcome: RenewalOutcome, deployment: DeploymentReport | undefined): DeployedOutcome {
  if (deployment?.state !== 'rolled-back') return { ...outcome, deployment }
  return { directory: outcome.directory, error: deployment.error, deployment }
}

async function tellFailures(
  directories: readonly CertificateDirectory[],
  outcomes: readonly DeployedOutcome[],
  { host, signal }: BatchWork,
): Promise<readonly string[]> {
  const places = new Map(directories.map((place) => [place.path, place]))
  const failures = outcomes.flatMap((outcome) => failureOf(outcome, places) ?? [])
  if (failures.length === 0 || signal.aborted) return []
  const { runFailureHooks } = await import('./deployment/failure-hooks.ts')
  return runFailureHooks(failures, host, signal)
}

/** With wrong words on the command line, nothing was tried that could have failed. */
function failureOf(outcome: DeployedOutcome, places: ReadonlyMap<string, CertificateDirectory>): Failure | undefined {
  const place = places.get(outcome.directory)
  const { deployment } = outcome
  if (place === undefined) return undefined
  if (deployment?.error) return { place, phase: 'deployment', error: deployment.error }
  if (!('error' in outcome) || outcome.error instanceof UsageError) return undefined
  return { place, phase: 'renewal', error: outcome.error }
}
