import { join } from 'node:path'
import { Duration } from '../../core/duration.ts'
import { CertctlError } from '../../core/errors.ts'
import type { CertificateDirectory } from '../../files/certificate-directory.ts'
import { withLock } from '../../files/lock.ts'
import { toldError } from '../due/retry-plan.ts'
import type { Host } from '../host.ts'
import { changeEntry, lookAtUndeployed, type Undeployed } from './deployable.ts'
import { nothingDone, type DeploymentReport } from './deployment-report.ts'
import type { HookResult } from './hook.ts'
import { notDeployed } from './not-deployed.ts'
import { hasDeploymentWork, settled, stillOwing } from './owed.ts'
import type { ProbeResult } from './probe.ts'
import { revokeSuperseded, type IssuerFor } from './revoke-superseded.ts'
import { runHooks } from './run-hooks.ts'
import { takeBack, type Unserved } from './take-back.ts'
import { isDeployed } from './told-deployment.ts'
import { tryOut, type Trial } from './trial.ts'

export interface DeployWork {
  readonly host: Host
  readonly signal: AbortSignal
  readonly issuerFor: IssuerFor
}

/** As long as the hooks of another run may take. */
const patience = Duration.ofHours(1)

/**
 * Brings into use what is published and not yet deployed: hooks, each once for all certificates that share it, then probes.
 * What fails stays owed for the next run; a certificate that is not served is taken back. Reports by the directories' paths,
 * of those that had something to do. One run at a time on a host: the next finds what the first has done.
 */
export async function deployPending(
  directories: readonly CertificateDirectory[],
  work: DeployWork,
): Promise<ReadonlyMap<string, DeploymentReport>> {
  const { host, signal } = work
  if ((await undeployedAmong(directories, host)).length === 0) return new Map()
  if (signal.aborted) return new Map()
  const locks = join(host.stateDirectory, 'locks')
  const options = { clock: host.clock, warn: host.warn, wait: patience, signal }
  const reports = new Map<string, DeploymentReport>()
  try {
    await withLock(locks, 'the deployment on this host', options, async () =>
      deploy(await undeployedAmong(directories, host), work, reports),
    )
  } catch (error) {
    // Interrupted while it waited for another run: what was published before is to be told all the same.
    if (error !== signal.reason) throw error
  }
  return reports
}

async function undeployedAmong(directories: readonly CertificateDirectory[], host: Host): Promise<Undeployed[]> {
  const all = await Promise.all(directories.map((place) => readable(place, host)))
  return all.flatMap((one) => (one && hasDeploymentWork(one.entry) ? [one] : []))
}

/** Who renews has told already what can't be read. */
async function readable(place: CertificateDirectory, host: Host): Promise<Undeployed | undefined> {
  try {
    return await lookAtUndeployed(place, host)
  } catch (error) {
    if (error instanceof CertctlError) return undefined
    throw error
  }
}

async function deploy(
  undeployed: readonly Undeployed[],
  work: DeployWork,
  reports: Map<string, DeploymentReport>,
): Promise<void> {
  const { host, signal } = work
  const results = await runHooks(
    undeployed.filter(({ entry }) => entry.pending),
    host,
    signal,
  )
  const unserved = await Promise.all(
    undeployed.map(async (one): Promise<readonly Unserved[]> => {
      const { report, probe } = await guarded(() => prove(one, results.get(one) ?? [], work))
      reports.set(one.directory, report)
      return probe ? [{ undeployed: one, probe, report }] : []
    }),
  )
  for (const [directory, report] of await takeBack(unserved.flat(), host, signal)) reports.set(directory, report)
  for (const one of undeployed) tellMetrics(one, reports.get(one.directory) ?? nothingDone, host)
}

/** What became of one; with the probe that did not see it. */
interface Proof {
  readonly report: DeploymentReport
  readonly probe?: ProbeResult
}

/** What can't be recorded stays owed, and keeps the others from nothing. */
async function guarded(work: () => Promise<Proof>): Promise<Proof> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CertctlError) return { report: { ...nothingDone, state: 'pending', error } }
    throw error
  }
}

async function prove(one: Undeployed, ran: readonly HookResult[], work: DeployWork): Promise<Proof> {
  const { host, signal } = work
  const pending = one.entry.pending !== undefined
  const { isStopped, obstacle, ...told } = pending ? await tryOut(one, ran, host, signal) : nothingToTry
  if (isStopped) return { report: { ...nothingDone, ...told, state: 'pending' } }
  if (obstacle === undefined) return { report: await settle(one, { ...nothingDone, ...told }, work) }
  const error = notDeployed(one.directory, obstacle)
  await changeEntry(one.place, host, (entry) => stillOwing(entry, toldError(error)))
  const report = { ...nothingDone, ...told, state: 'pending', error } as const
  return 'probe' in obstacle ? { report, probe: obstacle.probe } : { report }
}

/** What was replaced is only to be revoked. */
const nothingToTry = { hooks: [], probes: [], obstacle: undefined, isStopped: false } as const satisfies Trial

async function settle(one: Undeployed, report: DeploymentReport, work: DeployWork): Promise<DeploymentReport> {
  const { host, signal, issuerFor } = work
  const { fingerprintSha256 } = one.certificate
  const { pending } = one.entry
  if (pending) {
    await changeEntry(one.place, host, (entry) => settled(entry, pending, fingerprintSha256, host.clock.now()))
  }
  const revocations = await revokeSuperseded(one, issuerFor, host, signal)
  return { ...report, state: isDeployed(one.deployment) ? 'deployed' : 'none', ...revocations }
}

function tellMetrics(
  { published, deployment }: Undeployed,
  { state, back }: DeploymentReport,
  { metrics }: Host,
): void {
  const isPending = state === 'pending' || back?.isInUse === false
  if (isDeployed(deployment)) metrics.setDeployPending(published.record.name, isPending)
}
