import type { Duration } from '../../../core/duration.ts'
import { isShort } from '../token/renewal-schedule.ts'
import { forecastToken } from '../token/token-forecast.ts'
import { type EndOfLife, isSameEnd } from '../token/token-life.ts'
import type { KeptToken } from './kept-token.ts'
import { type Moment, timeUntil } from './moment.ts'
import type { RenewerSetup } from './renewer-setup.ts'

type Setup = Pick<RenewerSetup, 'emit' | 'clock' | 'warnBefore' | 'successor'>

interface ToldEnd extends Omit<EndOfLife, 'at'> {
  readonly at: Date
}

/** What is said once: the end that is known, that it comes near, that renewal gives no full lease, that leases are short. */
export class EndWarnings {
  readonly #setup: Setup
  readonly #token: KeptToken
  #known: ToldEnd | undefined
  #toldCap: Date | undefined
  #toldSoon: Date | undefined
  #hasToldShortLease = false

  constructor(setup: Setup, token: KeptToken) {
    this.#setup = setup
    this.#token = token
  }

  /** `usualLease` is what a renewal gives, which at the start is more than what is left. */
  review(usualLease: Duration): void {
    this.#tellKnownEnd()
    const { verdict, end } = forecastToken(this.#token.life)
    // An end that another token comes ahead of is nothing to warn of.
    if (verdict === 'capped' && end.at !== null) this.#tellCap(end.at, end.why)
    else if (this.#token.facts.renewable && isShort(usualLease)) this.#tellShortLease(usualLease)
    if (!this.#setup.successor) this.warnIfDue()
  }

  /** When to look again whether the warning is due; undefined when there is none to give. */
  get due(): Moment | undefined {
    return this.#setup.successor || this.#isSoonTold ? undefined : this.#warningDue
  }

  warnIfDue(): void {
    const due = this.#warningDue
    if (!due || this.#isSoonTold || timeUntil(due, this.#setup.clock).isPositive) return
    const { at, why, isInferred } = this.#token.end
    if (at === null) return
    this.#toldSoon = at
    const end = this.#token.onThisHost(at)
    this.#setup.emit({ kind: 'ends-soon', endsAt: end.wall, why, isInferred, left: timeUntil(end, this.#setup.clock) })
  }

  get #warningDue(): Moment | undefined {
    return this.#token.warningDue(this.#setup.warnBefore)
  }

  /** Told again when the end has moved nearer, or went away and came back. */
  get #isSoonTold(): boolean {
    const { at } = this.#token.end
    return at !== null && this.#toldSoon !== undefined && (isSameEnd(this.#toldSoon, at) || this.#toldSoon < at)
  }

  #tellKnownEnd(): void {
    const { at, why, isInferred } = this.#token.end
    const before = this.#known
    this.#known = at === null ? undefined : { at, why, isInferred }
    if (isSameTold(before, this.#known)) return
    const isLater = at === null || (this.#toldSoon !== undefined && this.#toldSoon < at)
    if (isLater) this.#toldSoon = undefined
    this.#setup.emit({ kind: 'end-known', endsAt: at && this.#token.onThisHost(at).wall, why, isInferred })
  }

  #tellCap(at: Date, why: EndOfLife['why']): void {
    const isTold = this.#toldCap !== undefined && isSameEnd(this.#toldCap, at)
    this.#toldCap = at
    if (isTold || this.#setup.successor) return
    this.#setup.emit({ kind: 'capped', endsAt: this.#token.onThisHost(at).wall, why })
  }

  #tellShortLease(lease: Duration): void {
    if (this.#hasToldShortLease) return
    this.#hasToldShortLease = true
    this.#setup.emit({ kind: 'short-lease', lease })
  }
}

function isSameTold(one: ToldEnd | undefined, other: ToldEnd | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return isSameEnd(one.at, other.at) && one.why === other.why
}
