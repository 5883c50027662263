import { formatTime } from '../../core/time.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import type { PendingDeployment, ToldError } from '../../files/deployment-entry.ts'
import { without } from '../entry-keys.ts'
import { isDeployed } from './told-deployment.ts'

/** The entry of a certificate that is about to be published: nothing but its deployment ends what is owed. */
export function owing(entry: InventoryEntry, fingerprint: string, now: Date): InventoryEntry {
  if (!isDeployed(entry.deployment)) return without(entry, 'pending', 'deployed')
  return { ...entry, pending: { fingerprint, since: formatTime(now), tries: 0 } }
}

/**
 * What was owed is in use, or is not to be brought into it any more. What another run has published meanwhile is still owed.
 * With a certificate that proved to be of use the failures before it are over; that one that was gone back to is in use says
 * nothing of the next.
 */
export function settled(
  entry: InventoryEntry,
  wasOwed: PendingDeployment | undefined,
  fingerprint: string,
  now: Date,
): InventoryEntry {
  const rest = entry.undone === undefined ? without(entry, 'attempts') : entry
  const deployed = isDeployed(entry.deployment)
    ? { ...rest, deployed: { fingerprint, at: formatTime(now) } }
    : without(rest, 'deployed')
  return entry.pending?.fingerprint === wasOwed?.fingerprint ? without(deployed, 'pending') : deployed
}

/** The entry of a certificate that a renewal takes the place of: with hooks or probes, it ends no series of failures yet. */
export function succeeding(entry: InventoryEntry): InventoryEntry {
  return isDeployed(entry.deployment) ? without(entry, 'undone') : without(entry, 'undone', 'attempts')
}

/** One more try has failed. Another certificate than the one that was tried is still owed as it was. */
export function stillOwing(entry: InventoryEntry, error: ToldError): InventoryEntry {
  const { pending } = entry
  return pending === undefined ? entry : { ...entry, pending: { ...pending, tries: pending.tries + 1, error } }
}

/** `none`: there is neither hook nor probe, or none has run for it yet. */
export function deployState(entry: InventoryEntry | undefined): 'none' | 'done' | 'pending' {
  if (entry?.pending !== undefined) return 'pending'
  return entry?.deployed === undefined ? 'none' : 'done'
}

/** Whether a run has something to do here beyond renewing. */
export function hasDeploymentWork(entry: InventoryEntry | undefined): boolean {
  return entry?.pending !== undefined || (entry?.superseded ?? []).length > 0
}
