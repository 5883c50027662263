import type { Duration } from '../../../core/duration.ts'
import type { KeptToken } from './kept-token.ts'
import { isShort } from '../token/renewal-schedule.ts'
import type { RenewerEvent } from './renewer-event.ts'
import { forecastToken } from '../token/token-forecast.ts'
import { isSameEnd } from '../token/token-life.ts'

/** What is said once: each end that comes near, and that leases are short. */
export class EndWarnings {
  readonly #emit: (event: RenewerEvent) => void
  #toldEnd: Date | undefined
  #hasToldShortLease = false

  constructor(emit: (event: RenewerEvent) => void) {
    this.#emit = emit
  }

  /** `usualLease` is what a renewal gives, which at the start is more than what is left. */
  review(token: KeptToken, usualLease: Duration): void {
    const { verdict, end } = forecastToken(token.life)
    if (verdict === 'capped' && end.at !== null) this.#tellEnd(token, end.at, end.why)
    else if (token.facts.renewable && isShort(usualLease)) this.#tellShortLease(usualLease)
  }

  #tellEnd(token: KeptToken, at: Date, why: Extract<RenewerEvent, { kind: 'capped' }>['why']): void {
    const isTold = this.#toldEnd !== undefined && isSameEnd(this.#toldEnd, at)
    this.#toldEnd = at
    if (!isTold) this.#emit({ kind: 'capped', endsAt: token.onThisHost(at).wall, why })
  }

  #tellShortLease(lease: Duration): void {
    if (this.#hasToldShortLease) return
    this.#hasToldShortLease = true
    this.#emit({ kind: 'short-lease', lease })
  }
}
