import type { Duration } from '../../../core/duration.ts'
import { type Moment, momentAfter, momentNow, timeUntil, timeUntilForSure } from './moment.ts'
import type { WatchedClock } from './watched-clock.ts'

/** How long the token lives for certain, and how long it may: an answer was slow or not exact, or that to a renewal was lost. */
export class Lease {
  readonly #clock: WatchedClock
  /** Reckoned from when it was asked for: the server starts its own clock no earlier. */
  readonly end: Moment
  #possibleEnd: Moment

  /**
   * To be made when the answer comes: the server has reckoned from some instant between the two. `longest` is given where
   * the answer leaves open how much it is.
   */
  constructor(clock: WatchedClock, asked: Moment, length: Duration, longest = length) {
    this.#clock = clock
    this.end = momentAfter(asked, length)
    this.#possibleEnd = momentAfter(momentNow(clock), longest)
  }

  /** An attempt that began while the token lived for certain may have worked: it is not dead before that grant ends. */
  mayReach(possibleEnd: Moment): void {
    if (this.#possibleEnd.monotonic.isLessThan(possibleEnd.monotonic)) this.#possibleEnd = possibleEnd
  }

  /** When the token is dead unless the server says otherwise. */
  get lastEnd(): Moment {
    return this.#possibleEnd
  }

  /** What is left of the certain lease and, when that is over, of the possible one. */
  get left(): Duration {
    const certain = this.#leftUntil(this.end)
    return certain.isPositive ? certain : this.#leftUntil(this.#possibleEnd)
  }

  get isOver(): boolean {
    return !timeUntilForSure(this.#possibleEnd, this.#clock).isPositive
  }

  /** A wall clock that says "long dead" was set, or the host slept: the server decides, the monotonic one plans. */
  #leftUntil(end: Moment): Duration {
    const byEither = timeUntil(end, this.#clock)
    return byEither.isPositive ? byEither : timeUntilForSure(end, this.#clock)
  }
}
