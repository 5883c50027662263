import type { InventoryEntry } from '../../files/inventory-entry.ts'
import type { Host } from '../host.ts'
import { endOf } from './certificate-end.ts'
import type { RenewBefore, Validity } from '../renewal-due.ts'
import { parseWindow } from './maintenance-window.ts'
import { parseRenewBefore } from './renew-before.ts'
import { planRenewal, type RenewalPlan } from './renewal-plan.ts'

export interface PlanQuestion {
  /** The real path of the certificate's directory. */
  readonly directory: string
  /** What this host keeps for it. */
  readonly entry: InventoryEntry | undefined
  /** Told for this run. */
  readonly renewBefore: RenewBefore | undefined
  /** What is there is of no use. */
  readonly isUseless?: boolean
  readonly now: Date
}

export interface HostPlan extends RenewalPlan {
  /** From when on nobody trusts it: with its issuer, where that ends first. */
  readonly endsAt: Date
}

/** When a certificate is to be renewed by the rules of this host. UsageError for rules that were kept and make no sense. */
export function planOnHost(
  validity: Validity,
  { directory, entry, renewBefore: told, isUseless = false, now }: PlanQuestion,
  { jitterOf }: Pick<Host, 'jitterOf'>,
): HostPlan {
  const { renewBefore, window = [] } = entry?.schedule ?? {}
  const rules = {
    renewBefore: told,
    keptRenewBefore:
      renewBefore === undefined ? undefined : parseRenewBefore(renewBefore, 'the renewBefore kept for it,'),
    jitter: jitterOf(directory),
    windows: window.map((text) => parseWindow(text, 'the window kept for it,')),
    attempts: entry?.attempts,
    isUseless,
  }
  const endsAt = endOf(validity.notAfter, entry)
  return { ...planRenewal({ ...validity, notAfter: endsAt }, rules, now), endsAt }
}
