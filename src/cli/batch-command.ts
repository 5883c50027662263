import { setMaxListeners } from 'node:events'
import { widenThreadPool } from '../config/environment.ts'
import type { ParallelWork } from '../operations/in-parallel.ts'
import type { RenewalOutcome } from '../operations/renew-all.ts'
import type { DeployedOutcome } from '../operations/renew-and-deploy.ts'
import { CertctlCommand } from './certctl-command.ts'
import { countProgress, type ShowStatus } from './progress.ts'

/** What commands share that do something to many certificates: failures and warnings are told as they come. */
export abstract class BatchCommand extends CertctlCommand {
  protected override async init(): Promise<void> {
    await super.init()
    // As many listen as work at a time: what Node takes for a leak.
    setMaxListeners(0, this.interruption)
  }

  /**
   * Asked for before any file is read. Each certificate waits for the disk several times, often for more than one file: with
   * fewer threads they would wait for one another.
   */
  protected workFor(parallel: number): ParallelWork {
    widenThreadPool(Math.max(4, 2 * parallel))
    return { parallel, signal: this.interruption }
  }

  /** Tells of each certificate, and on a terminal how far the batch is. */
  protected teller(total: number, show: ShowStatus): (outcome: RenewalOutcome) => void {
    const count = countProgress(total, show)
    return (outcome) => {
      count(outcome)
      if ('error' in outcome) this.tellFailure(outcome.directory, outcome.error)
      else for (const warning of outcome.renewal.warnings) this.caution(`${outcome.directory}: ${warning}`)
    }
  }

  protected tellDeployment({ directory, deployment }: DeployedOutcome): void {
    if (deployment?.error) this.tellFailure(directory, deployment.error)
    for (const warning of deployment?.warnings ?? []) this.caution(`${directory}: ${warning}`)
  }
}
