import { Duration } from '../../core/duration.ts'
import type { FailedAttempts } from '../../files/schedule-entry.ts'
import { renewalTime, type RenewBefore, type Validity } from '../renewal-due.ts'
import { firstMomentIn, type MaintenanceWindow } from './maintenance-window.ts'
import { waitsUntil } from './retry-plan.ts'

export interface RenewalRules {
  /** Told for this run: taken to the letter. */
  readonly renewBefore?: RenewBefore | undefined
  /** Kept for the certificate. */
  readonly keptRenewBefore?: RenewBefore | undefined
  /** From 0 up to 1. */
  readonly jitter: number
  readonly windows: readonly MaintenanceWindow[]
  readonly attempts?: FailedAttempts | undefined
  /** What is there is of no use: neither its validity nor a window is waited for. */
  readonly isUseless?: boolean
}

export interface RenewalPlan {
  readonly isDue: boolean
  /** Where its time for renewing begins, whatever is waited for then. */
  readonly dueAt: Date
  /** From when on a run renews. */
  readonly nextRenewalAt: Date
  /** Why a certificate is not due whose time has come. */
  readonly waitsFor: 'window' | 'next-try' | undefined
}

/** Of the time for renewing: enough to spread hosts over, and long before it is late. */
const jitterShare = 1 / 10
/** Of the time for renewing: from there on it is late, and no window is waited for. */
const lateShare = 1 / 2

/** When a certificate is to be renewed, and whether that is now. */
export function planRenewal(validity: Validity, rules: RenewalRules, now: Date): RenewalPlan {
  const waitsForTry = waitsUntil(rules.attempts, now)
  if (rules.isUseless) {
    const nextRenewalAt = waitsForTry ?? now
    return { isDue: !waitsForTry, dueAt: now, nextRenewalAt, waitsFor: waitsForTry && 'next-try' }
  }
  const from = renewFrom(validity, rules)
  const isTime = from <= now
  const opens = inWindow(rules.windows, validity, from, isTime ? now : from)
  if (opens > now) return { isDue: false, dueAt: from, nextRenewalAt: opens, waitsFor: isTime ? 'window' : undefined }
  if (waitsForTry) return { isDue: false, dueAt: from, nextRenewalAt: waitsForTry, waitsFor: 'next-try' }
  return { isDue: true, dueAt: from, nextRenewalAt: inWindow(rules.windows, validity, from, from), waitsFor: undefined }
}

function renewFrom(validity: Validity, { renewBefore, keptRenewBefore, jitter }: RenewalRules): Date {
  if (renewBefore !== undefined) return renewalTime(validity, renewBefore)
  const from = renewalTime(validity, keptRenewBefore)
  const first = from < validity.notBefore ? validity.notBefore : from
  const spread = Duration.between(first, validity.notAfter).times(jitterShare * jitter)
  return spread.after(from)
}

function inWindow(windows: readonly MaintenanceWindow[], { notAfter }: Validity, from: Date, wanted: Date): Date {
  const late = Duration.between(from, notAfter).times(lateShare).after(from)
  const opens = firstMomentIn(windows, wanted) ?? wanted
  return late <= opens ? new Date(Math.max(late.getTime(), from.getTime())) : opens
}
