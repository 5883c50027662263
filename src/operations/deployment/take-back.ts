import { CertctlError } from '../../core/errors.ts'
import { afterFailure, toldError } from '../due/retry-plan.ts'
import type { Host } from '../host.ts'
import { changeEntry, type Undeployed } from './deployable.ts'
import type { DeploymentReport } from './deployment-report.ts'
import type { HookResult } from './hook.ts'
import { notDeployed, takenBack, takenBackInVain } from './not-deployed.ts'
import { settled, stillOwing } from './owed.ts'
import type { ProbeResult } from './probe.ts'
import { noWayBackReason, rollBack } from './roll-back.ts'
import { runHooks } from './run-hooks.ts'
import { tryOut } from './trial.ts'

/** A certificate that an endpoint does not serve. */
export interface Unserved {
  readonly undeployed: Undeployed
  readonly probe: ProbeResult
  readonly report: DeploymentReport
}

type Returned = Unserved & { readonly before: Undeployed }

/**
 * Takes back what is not served, where that is possible; hooks and probes are then for what was there before. Reports by
 * the directories' paths.
 */
export async function takeBack(
  unserved: readonly Unserved[],
  host: Host,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DeploymentReport>> {
  const reports = new Map<string, DeploymentReport>()
  const returned: Returned[] = []
  for (const one of unserved) {
    try {
      returned.push({ ...one, before: await rollBack(one.undeployed, host) })
    } catch (error) {
      const warnings = [...one.report.warnings, `it was left as it is: ${noWayBackReason(error)}`]
      reports.set(one.undeployed.directory, { ...one.report, warnings })
    }
  }
  const results = await runHooks(
    returned.map(({ before }) => before),
    host,
    signal,
  )
  const settling = returned.map(async (one): Promise<void> => {
    reports.set(one.undeployed.directory, await settleBefore(one, results.get(one.before) ?? [], host, signal))
  })
  await Promise.all(settling)
  return reports
}

/** Has the version before tried out too, and remembers what became of both. */
async function settleBefore(
  { undeployed, before, probe, report }: Returned,
  again: readonly HookResult[],
  host: Host,
  signal: AbortSignal,
): Promise<DeploymentReport> {
  const { directory } = undeployed
  const { serial, notAfter, fingerprintSha256 } = before.certificate
  const lasting = takenBack({ directory, taken: undeployed.certificate.serial, back: serial }, probe)
  const { obstacle, isStopped } = await tryOut(before, again, host, signal)
  const isInUse = obstacle === undefined && !isStopped
  const told = {
    ...report,
    state: 'rolled-back',
    hooks: [...report.hooks, ...again],
    back: { serial, isInUse },
    error: obstacle ? takenBackInVain(lasting, obstacle) : lasting,
  } as const
  try {
    await changeEntry(before.place, host, (entry) => {
      const now = host.clock.now()
      const attempts = afterFailure(entry.attempts, lasting, { now, notAfter })
      const remembered = { ...entry, ...(attempts ? { attempts } : {}) }
      if (isInUse) return settled(remembered, before.entry.pending, fingerprintSha256, now)
      return obstacle ? stillOwing(remembered, toldError(notDeployed(directory, obstacle))) : remembered
    })
    return told
  } catch (error) {
    // What can't be recorded stays owed.
    if (error instanceof CertctlError) return { ...told, back: { serial, isInUse: false }, error }
    throw error
  }
}
