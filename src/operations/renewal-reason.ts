import { formatDuration, type Duration } from '../core/duration.ts'
import { formatTime } from '../core/time.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import type { RenewalPlan } from './due/renewal-plan.ts'

/** Why a certificate is renewed, or is not; one that is to go for another reason for that one, however much is left. */
export function reasonFor(
  left: Duration,
  plan: RenewalPlan,
  entry: InventoryEntry | undefined,
  force: boolean,
  other?: { readonly reason: string },
): string {
  const reason = other?.reason ?? leftText(left, entry)
  if (plan.isDue) return reason
  if (force) return `${reason}, forced`
  if (plan.waitsFor === 'window') return `${reason}, waits for its maintenance window`
  const { attempts } = entry ?? {}
  if (plan.waitsFor === undefined || attempts === undefined) return reason
  const next = formatTime(plan.nextRenewalAt)
  return `${reason}, ${attempts.failures} tries failed, the last by: ${attempts.error.message}; next try from ${next}, or with --force`
}

function leftText(left: Duration, entry: InventoryEntry | undefined): string {
  const isIssuers = entry?.issuerEndsAt !== undefined
  if (!left.isPositive) return isIssuers ? 'its issuer has ended' : 'it has expired'
  return `${formatDuration(left)} left${isIssuers ? ' of its issuer' : ''}`
}
