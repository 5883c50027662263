import { Duration } from '../../../core/duration.ts'
import { UnavailableError } from '../../../core/errors.ts'
import { isMountMaxOfUse } from '../token/token-life.ts'
import type { Demands } from './demands.ts'
import type { KeptToken } from './kept-token.ts'
import { type Moment, momentAfter, timeUntil } from './moment.ts'
import type { RenewerSetup } from './renewer-setup.ts'

/** Nothing hangs on the answer, so the start is left to the look-up. */
const delay = Duration.ofSeconds(10)

/** And it must be in nobody's way. */
const roomBefore = Duration.ofSeconds(60)
const timeout = Duration.ofSeconds(10)

/** Asks once what the mount allows at most, in a long rest, where the end would be known by it. */
export class MountMaxQuestion {
  readonly #setup: Pick<RenewerSetup, 'api' | 'clock' | 'timeout'>
  readonly #demands: Demands
  readonly #token: KeptToken
  #due: Moment | undefined
  #isUnanswered = false

  constructor(
    setup: Pick<RenewerSetup, 'api' | 'clock' | 'timeout'>,
    demands: Demands,
    token: KeptToken,
    lookedUp: Moment,
  ) {
    this.#setup = setup
    this.#demands = demands
    this.#token = token
    if (isMountMaxOfUse(token.facts)) this.#due = momentAfter(lookedUp, delay)
  }

  dueBefore(turn: Moment): Moment | undefined {
    if (!this.#due) return undefined
    const soonest = Duration.max(this.#due.monotonic, this.#setup.clock.monotonic())
    return soonest.plus(roomBefore).isLessThan(turn.monotonic) ? this.#due : undefined
  }

  /** The server was away when it was asked, and is there again. */
  mayAskAgain(now: Moment): void {
    if (this.#isUnanswered) this.#due = momentAfter(now, delay)
    this.#isUnanswered = false
  }

  /** True when something was learned. */
  async askIfDue(): Promise<boolean> {
    const { api, clock } = this.#setup
    const { path } = this.#token.facts
    if (path === null || !this.#due || timeUntil(this.#due, clock).isPositive) return false
    this.#due = undefined
    const call = { timeout: Duration.min(timeout, this.#setup.timeout), repeat: false }
    try {
      const max = await this.#demands.during((signal) => api.mountMaxTtl(path, { ...call, signal }))
      if (max !== null) this.#token.mountAllows(max)
      return max !== null
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      this.#isUnanswered = true
      return false
    }
  }
}
