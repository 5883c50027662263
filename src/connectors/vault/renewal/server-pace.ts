import type { Clock } from '../../../core/clock.ts'
import { Duration } from '../../../core/duration.ts'
import { AuthError, RejectedError } from '../../../core/errors.ts'
import { minAttemptDistance } from '../token/renewal-schedule.ts'
import { isUnanswered } from './renewal-failure.ts'

interface Waiting {
  /** Of the token, by the monotonic clock. */
  readonly end: Duration
  readonly go: () => void
}

/** Timers are of whole milliseconds. */
const instant = Duration.ofMilliseconds(1)

/** One pace for each server, by its address. */
export class ServerPaces {
  readonly #clock: Clock
  readonly #paces = new Map<string, ServerPace>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(server: string): ServerPace {
    const pace = this.#paces.get(server) ?? new ServerPace(this.#clock)
    this.#paces.set(server, pace)
    return pace
  }
}

/**
 * One server's share of patience, for all tokens of the process that live there. While it does not answer it is asked once
 * a second at most, the token that ends first before the others; with the first answer the rest goes on.
 */
export class ServerPace {
  readonly #clock: Clock
  readonly #waiting = new Set<Waiting>()
  #isAway = false
  #lastStart: Duration | undefined
  #isPumping = false
  #wake = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when the caller may ask, or no longer wants to; whoever does ask does so at once, with `ask`. */
  async turn(end: Duration | undefined, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size === 0 && !this.#untilNext.isPositive) return this.#start()
    await new Promise<void>((go) => {
      const waiting = { end: end ?? Duration.ofMilliseconds(Infinity), go }
      this.#waiting.add(waiting)
      signal.addEventListener('abort', () => this.#giveUp(waiting), { once: true })
      void this.#pump()
    })
  }

  /** Learns from what comes of it whether the server answers. */
  async ask<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await work()
      this.#answers()
      return answer
    } catch (error) {
      if (isUnanswered(error)) this.#isAway = true
      else if (error instanceof AuthError || error instanceof RejectedError) this.#answers()
      throw error
    }
  }

  #giveUp(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting)) return
    if (this.#waiting.size === 0) this.#wake.abort()
    waiting.go()
  }

  #answers(): void {
    this.#isAway = false
    this.#wake.abort()
  }

  #start(): void {
    this.#lastStart = this.#clock.monotonic()
  }

  get #untilNext(): Duration {
    if (!this.#isAway || !this.#lastStart) return Duration.zero
    const left = this.#lastStart.plus(minAttemptDistance).minus(this.#clock.monotonic())
    return left.isLessThan(instant) ? Duration.zero : left
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#waiting.size > 0) {
      const wait = this.#untilNext
      if (wait.isPositive) {
        this.#wake = new AbortController()
        await this.#clock.sleep(wait, this.#wake.signal)
      } else {
        this.#letFirstGo()
      }
    }
    this.#isPumping = false
  }

  #letFirstGo(): void {
    const [first, ...others] = this.#waiting
    const nearest = others.reduce((one, other) => (other.end.isLessThan(one.end) ? other : one), first!)
    this.#waiting.delete(nearest)
    this.#start()
    nearest.go()
  }
}
