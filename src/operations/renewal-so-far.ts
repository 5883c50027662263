import type { InventoryEntry } from '../files/inventory-entry.ts'
import { deployState, hasDeploymentWork } from './deployment/owed.ts'
import type { RenewalPlan } from './due/renewal-plan.ts'
import type { Host } from './host.ts'
import type { Renewal } from './renewal.ts'
import type { Validity } from './renewal-due.ts'

type SoFar = Pick<
  Renewal,
  'outputs' | 'written' | 'nextRenewalAt' | 'deploy' | 'hasDeploymentWork' | 'lastError' | 'warnings'
>

/** What a renewal says before anything is done. */
export function untouched(plan: RenewalPlan, entry: InventoryEntry | undefined): SoFar {
  return {
    outputs: undefined,
    written: [],
    nextRenewalAt: plan.nextRenewalAt,
    deploy: deployState(entry),
    hasDeploymentWork: hasDeploymentWork(entry),
    lastError: plan.waitsFor === 'next-try' ? entry?.attempts?.error : undefined,
    warnings: [],
  }
}

/** The certificate is given by itself: to parse all of it for its end alone would take longer than all else. */
export function tellMetrics(
  { name, nextRenewalAt, deploy }: Pick<Renewal, 'name' | 'nextRenewalAt' | 'deploy'>,
  { notAfter }: Pick<Validity, 'notAfter'>,
  { metrics }: Pick<Host, 'metrics'>,
): void {
  metrics.setCertificate(name, notAfter, nextRenewalAt)
  if (deploy !== 'none') metrics.setDeployPending(name, deploy === 'pending')
}
