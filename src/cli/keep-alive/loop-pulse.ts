import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'

/**
 * The clock of one loop, which shows whether the loop still turns: it asks for the time in each turn and sleeps between
 * them. By the monotonic clock, so that a host that slept holds nothing against a loop.
 */
export class LoopPulse implements Clock {
  readonly #clock: Clock
  readonly #patience: Duration
  #heardOfUntil: Duration | undefined

  /** `patience` is how long a turn may take without a look at the clock: its requests and their timeouts. */
  constructor(clock: Clock, patience: Duration) {
    this.#clock = clock
    this.#patience = patience
  }

  now(): Date {
    this.#beat()
    return this.#clock.now()
  }

  monotonic(): Duration {
    this.#beat()
    return this.#clock.monotonic()
  }

  async sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    this.#beat(duration)
    await this.#clock.sleep(duration, signal)
    this.#beat()
  }

  /** Nothing was heard of the loop for longer than its sleep and a whole turn. */
  get isOverdue(): boolean {
    return this.#heardOfUntil?.isLessThan(this.#clock.monotonic()) ?? false
  }

  #beat(sleep = Duration.zero): void {
    this.#heardOfUntil = this.#clock.monotonic().plus(sleep).plus(this.#patience)
  }
}
