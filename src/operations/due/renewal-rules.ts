import type { InventoryEntry } from '../../files/inventory-entry.ts'
import { parseWindow } from './maintenance-window.ts'
import { parseRenewBefore } from './renew-before.ts'
import type { RenewalRules } from './renewal-plan.ts'

/** The rules that this host keeps for a certificate, and what was told for this run. */
export function renewalRules(
  entry: InventoryEntry | undefined,
  told: Pick<RenewalRules, 'renewBefore' | 'jitter' | 'isUseless'>,
): RenewalRules {
  const { renewBefore, window = [] } = entry?.schedule ?? {}
  return {
    ...told,
    keptRenewBefore:
      renewBefore === undefined ? undefined : parseRenewBefore(renewBefore, 'the renewBefore kept for it,'),
    windows: window.map((text) => parseWindow(text, 'the window kept for it,')),
    attempts: entry?.attempts,
  }
}
