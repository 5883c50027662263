import type { Deployment } from '../files/deployment-entry.ts'
import type { Adopted, InventoryEntry, Outputs } from '../files/inventory-entry.ts'
import { leadingElsewhere } from '../files/real-target.ts'
import type { Schedule } from '../files/schedule-entry.ts'
import { assertCoherentDeployment, mergeDeployment } from './deployment/told-deployment.ts'
import { mergeSchedule } from './due/told-schedule.ts'
import { without } from './entry-keys.ts'
import { mergeOutputs, pathsOf } from './outputs/told-outputs.ts'

/** What is told in a run; an empty text ends what was kept. */
export interface ToldTerms {
  /** Of files beside the directory and of modes. */
  readonly outputs: Outputs
  /** Of hooks and probes, and of the time of renewals. */
  readonly deployment?: Deployment | undefined
  readonly schedule?: Schedule | undefined
  /** Files of another tool that are to be taken over. */
  readonly adopted?: Adopted | undefined
}

/** What this host publishes a certificate by. */
export interface PublishingTerms {
  readonly outputs: Outputs | undefined
  readonly deployment: Deployment | undefined
  readonly schedule: Schedule | undefined
  readonly adopted: Adopted | undefined
  /** Paths that were written before and are not any more. */
  readonly ended: readonly string[]
}

/** What was kept until now, with what is told in its place. UsageError for hooks and probes that make no sense together. */
export async function publishingTerms(
  before: InventoryEntry | undefined,
  told: ToldTerms,
  { keepsUntold }: { readonly keepsUntold: boolean },
): Promise<PublishingTerms> {
  const kept = keepsUntold ? before : undefined
  const outputs = mergeOutputs(kept?.outputs, told.outputs)
  const deployment = mergeDeployment(kept?.deployment, told.deployment ?? {})
  assertCoherentDeployment(deployment)
  return {
    outputs,
    deployment,
    schedule: mergeSchedule(kept?.schedule, told.schedule ?? {}),
    adopted: told.adopted ?? before?.adopted,
    ended: await leadingElsewhere(pathsOf(before?.outputs), pathsOf(outputs)),
  }
}

/** The entry by which later runs keep to the terms. */
export function withTerms(
  entry: InventoryEntry,
  { outputs, deployment, schedule }: PublishingTerms,
  digests: InventoryEntry['digests'],
): InventoryEntry {
  const rest = without(entry, 'outputs', 'digests', 'deployment', 'schedule')
  const known = Object.entries({ outputs, digests, deployment, schedule }).filter(([, value]) => value !== undefined)
  return { ...rest, ...Object.fromEntries(known) }
}
