import { join } from 'node:path'
import { Duration } from '../../core/duration.ts'
import { CertctlError, DeploymentError } from '../../core/errors.ts'
import type { CertificateDirectory } from '../../files/certificate-directory.ts'
import { withLock } from '../../files/lock.ts'
import { afterFailure, toldError } from '../due/retry-plan.ts'
import type { Host } from '../host.ts'
import { changeEntry, lookAtUndeployed, type Undeployed } from './deployable.ts'
import type { HookResult } from './hook.ts'
import { hasDeploymentWork, settled, stillOwing } from './owed.ts'
import { askProbes, type ProbeResult } from './probe.ts'
import { revokeSuperseded, type IssuerFor } from './revoke-superseded.ts'
import { noWayBackReason, rollBack } from './roll-back.ts'
import { runHooks } from './run-hooks.ts'
import { isDeployed } from './told-deployment.ts'

export interface DeploymentReport {
  /** `rolled-back`: the version before is published again. */
  readonly state: 'none' | 'deployed' | 'pending' | 'rolled-back'
  readonly hooks: readonly HookResult[]
  readonly probes: readonly ProbeResult[]
  readonly revoked: readonly string[]
  readonly warnings: readonly string[]
  /** What kept it from being in use. */
  readonly error: CertctlError | undefined
}

export interface DeployWork {
  readonly host: Host
  readonly signal: AbortSignal
  readonly issuerFor: IssuerFor
}

/** As long as the hooks of another run may take. */
const patience = Duration.ofHours(1)
const none = { state: 'none', hooks: [], probes: [], revoked: [], warnings: [], error: undefined } as const

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
  const options = { clock: host.clock, wait: patience, signal }
  return withLock(locks, 'the deployment on this host', options, async () => {
    const reports = new Map<string, DeploymentReport>()
    await deploy(await undeployedAmong(directories, host), work, reports)
    return reports
  })
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

type Reports = Map<string, DeploymentReport>

async function deploy(undeployed: readonly Undeployed[], work: DeployWork, reports: Reports): Promise<void> {
  const { host, signal } = work
  const results = await runHooks(
    undeployed.filter(({ entry }) => entry.pending),
    host,
    signal,
  )
  const unserved = await Promise.all(
    undeployed.map(async (one): Promise<readonly [Undeployed, DeploymentReport] | undefined> => {
      const report = await guarded(() => prove(one, results.get(one) ?? [], work))
      reports.set(one.directory, report)
      return report.error?.code === 'probe-failed' ? [one, report] : undefined
    }),
  )
  await takeBack(
    unserved.flatMap((one) => (one ? [one] : [])),
    work,
    reports,
  )
  for (const one of undeployed) tellMetrics(one, reports.get(one.directory) ?? none, host)
}

/** What can't be recorded stays owed, and keeps the others from nothing. */
async function guarded(work: () => Promise<DeploymentReport>): Promise<DeploymentReport> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CertctlError) return { ...none, state: 'pending', error }
    throw error
  }
}

async function prove(one: Undeployed, hooks: readonly HookResult[], work: DeployWork): Promise<DeploymentReport> {
  const { host, signal } = work
  const failed = hooks.find(({ failure }) => failure !== undefined)
  if (isStopped(signal)) return { ...none, state: 'pending', hooks }
  if (failed) return stays(one, { ...none, hooks, error: hookFailed(one, failed) }, host)
  const wanted = { certificate: one.certificate, name: one.published.record.name }
  const probes = one.entry.pending ? await askProbes(one.deployment, wanted, host, signal) : []
  if (isStopped(signal)) return { ...none, state: 'pending', hooks, probes }
  const unserved = probes.find(({ served }) => !served)
  if (unserved) return stays(one, { ...none, hooks, probes, error: probeFailed(one, unserved) }, host)
  return settle(one, { ...none, hooks, probes }, work)
}

/** A function: that it is not stopped now says nothing of what it is after the next wait. */
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted
}

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

async function stays(one: Undeployed, report: DeploymentReport, host: Host): Promise<DeploymentReport> {
  await changeEntry(one.place, host, (entry) => stillOwing(entry, toldError(report.error)))
  return { ...report, state: 'pending' }
}

/** What is not served is taken back where that is possible; the hooks run again for what was there before. */
async function takeBack(
  unserved: readonly (readonly [Undeployed, DeploymentReport])[],
  work: DeployWork,
  reports: Reports,
): Promise<void> {
  const { host, signal } = work
  const back: Undeployed[] = []
  for (const [one, report] of unserved) {
    try {
      back.push(await rollBack(one, host))
    } catch (error) {
      const warnings = [`it was left as it is: ${noWayBackReason(error)}`]
      reports.set(one.directory, { ...report, warnings })
    }
  }
  const results = await runHooks(back, host, signal)
  for (const one of back) {
    const unprovenReport = reports.get(one.directory) ?? none
    reports.set(one.directory, await guarded(() => takenBack(one, results.get(one) ?? [], unprovenReport, host)))
  }
}

async function takenBack(
  one: Undeployed,
  again: readonly HookResult[],
  unproven: DeploymentReport,
  host: Host,
): Promise<DeploymentReport> {
  const now = host.clock.now()
  const { notAfter, fingerprintSha256 } = one.certificate
  const failed = again.find(({ failure }) => failure !== undefined)
  await changeEntry(one.place, host, (entry) => {
    const attempts = afterFailure(entry.attempts, unproven.error, { now, notAfter })
    const remembered = { ...entry, ...(attempts ? { attempts } : {}) }
    if (failed) return stillOwing(remembered, toldError(hookFailed(one, failed)))
    return settled(remembered, one.entry.pending, fingerprintSha256, now)
  })
  return { ...unproven, state: 'rolled-back', hooks: [...unproven.hooks, ...again] }
}

/** What was taken back is in use again, unless the hooks failed for it too. */
function tellMetrics(
  { published, deployment }: Undeployed,
  { state, hooks }: DeploymentReport,
  { metrics }: Host,
): void {
  const isPending =
    state === 'pending' || (state === 'rolled-back' && hooks.some(({ failure }) => failure !== undefined))
  if (isDeployed(deployment)) metrics.setDeployPending(published.record.name, isPending)
}

function hookFailed({ directory }: Undeployed, { command, failure, output }: HookResult): DeploymentError {
  const said = output === '' ? '' : `, and says: ${output.slice(-300)}`
  return new DeploymentError(`${directory} is published, but not deployed: ${command} ${failure ?? ''}${said}`, {
    code: 'hook-failed',
    hint: 'mend what it names; every certctl renew tries again until it holds',
    facts: { command },
  })
}

function probeFailed({ directory }: Undeployed, { endpoint, failure }: ProbeResult): DeploymentError {
  return new DeploymentError(`${directory} is published, but not deployed: ${endpoint} ${failure ?? ''}`, {
    code: 'probe-failed',
    hint: 'see whether the server reads these files, and that a hook makes it do so',
    facts: { endpoint },
  })
}
