import { Duration, formatDuration } from '../core/duration.ts'

/** When to renew: with so much time left, or so much of the validity. */
export type RenewBefore = { readonly left: Duration } | { readonly percentLeft: number }

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Ten days, and what issuers backdate a certificate by: up to a minute. */
const shortValidity = Duration.ofDays(10).plus(Duration.ofSeconds(120))

/** The moment from which a certificate is due: a third of its validity left, half of it for ten days and less. */
export function renewalTime({ notBefore, notAfter }: Validity, renewBefore?: RenewBefore): Date {
  const validity = Duration.between(notBefore, notAfter)
  return timeLeft(validity, renewBefore).before(notAfter)
}

function timeLeft(validity: Duration, renewBefore: RenewBefore | undefined): Duration {
  if (renewBefore === undefined) return validity.times(shortValidity.isLessThan(validity) ? 1 / 3 : 1 / 2)
  if ('left' in renewBefore) return renewBefore.left
  return validity.times(renewBefore.percentLeft / 100)
}

/** A text to warn with, of a new certificate that is due again as soon as it is issued; `dueAt` is when it is due. */
export function endlessRenewal({ notBefore, notAfter }: Validity, dueAt: Date, now: Date): string | undefined {
  if (dueAt > now || notAfter <= now) return undefined
  const granted = formatDuration(Duration.between(notBefore, notAfter))
  return `the new certificate, valid for ${granted}, is due again at once; ask for less with --renew-before or for more with --ttl`
}
