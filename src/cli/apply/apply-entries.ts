import { applyAll, planAll, type PlannedOutcome } from '../../operations/apply/apply-all.ts'
import { DeploymentError } from '../../core/errors.ts'
import { shellWord } from '../../files/shell-word.ts'
import type { BatchWork, RenewalOutcome } from '../../operations/renew-all.ts'
import type { DeployedOutcome } from '../../operations/renew-and-deploy.ts'
import { inFile, type CertificateEntry } from './certificates-file.ts'
import type { EntryOrder } from './entry-orders.ts'

/** What became of an entry, or would become of it; by the entry's name. */
export type Named<Outcome> = Outcome & { readonly name: string }

export interface AppliedEntries {
  /** In the order of the file. */
  readonly outcomes: readonly Named<DeployedOutcome>[]
  /** Of no single certificate. */
  readonly warnings: readonly string[]
}

/** Carries out what can be of a file; `tell` hears of each entry as it comes to its end. */
export async function applyEntries(
  file: string,
  entries: readonly EntryOrder[],
  work: BatchWork,
  tell: (outcome: RenewalOutcome) => void,
): Promise<AppliedEntries> {
  unready(entries).forEach(tell)
  const faults = faultsOf(entries)
  const { outcomes, warnings } = await applyAll(ordersIn(entries), work, (outcome) => tell(inWords(outcome, faults)))
  const ended = new Map(outcomes.map((outcome) => [outcome.directory, inWords(outcome, faults)]))
  return { outcomes: inOrder(entries, ended).map((outcome) => withWayOn(outcome, file)), warnings }
}

export async function planEntries(
  entries: readonly EntryOrder[],
  work: BatchWork,
): Promise<readonly Named<PlannedOutcome>[]> {
  const faults = faultsOf(entries)
  const planned = (await planAll(ordersIn(entries), work)).map((outcome) => inWords(outcome, faults))
  return inOrder(entries, new Map(planned.map((outcome) => [outcome.directory, outcome])))
}

function ordersIn(entries: readonly EntryOrder[]) {
  return entries.flatMap((one) => ('order' in one ? [one.order] : []))
}

interface Failed {
  readonly directory: string
  readonly error: unknown
}

function unready(entries: readonly EntryOrder[]): readonly Failed[] {
  return entries.flatMap((one) => ('error' in one ? [failed(one)] : []))
}

function failed({ entry, error }: { readonly entry: CertificateEntry; readonly error: unknown }): Failed {
  return { directory: entry.directory, error }
}

function faultsOf(entries: readonly EntryOrder[]): ReadonlyMap<string, CertificateEntry['fault']> {
  return new Map(entries.map(({ entry }) => [entry.directory, entry.fault]))
}

/** What is known to be wrong only once an entry is carried out, such as a user that does not exist, is in the file as well. */
function inWords<Outcome extends { readonly directory: string }>(
  outcome: Outcome,
  faults: ReadonlyMap<string, CertificateEntry['fault']>,
): Outcome {
  const fault = faults.get(outcome.directory)
  return 'error' in outcome && fault ? { ...outcome, error: inFile(outcome.error, fault) } : outcome
}

/** What went back to the version before is tried again as the file has it: a renewal would go by what is in place. */
function withWayOn(outcome: Named<DeployedOutcome>, file: string): Named<DeployedOutcome> {
  const { deployment, name } = outcome
  if (deployment?.back?.isInUse !== true || !(deployment.error instanceof DeploymentError)) return outcome
  const { message, code, facts } = deployment.error
  const command = `certctl apply ${shellWord(file)} --force --only ${shellWord(name)}`
  const hint = `see whether the server reads these files, and that a hook makes it do so; then: ${command}`
  const error = new DeploymentError(message, { code, facts, hint })
  return { ...outcome, error, deployment: { ...deployment, error } }
}

/** An entry whose turn did not come, because the run was interrupted, is left out. */
function inOrder<Outcome extends { readonly directory: string }>(
  entries: readonly EntryOrder[],
  ended: ReadonlyMap<string, Outcome>,
): readonly Named<Outcome | Failed>[] {
  return entries.flatMap((one) => {
    const outcome = 'error' in one ? failed(one) : ended.get(one.entry.directory)
    return outcome === undefined ? [] : [{ ...outcome, name: one.entry.name }]
  })
}
