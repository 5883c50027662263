import type { Clock } from '../../../core/clock.ts'
import { Duration } from '../../../core/duration.ts'

/** Less than that is drift and the setting of time in small steps, not a host that slept. */
const tolerated = Duration.ofSeconds(1)

/**
 * Sees by its two clocks what neither tells: the monotonic one stands still while the host sleeps, the wall clock may be
 * set. Each look is compared with the one before it, so that a clock that was set back hides no sleep that follows.
 */
export class WatchedClock implements Clock {
  readonly #clock: Clock
  #wall: Date
  #monotonic: Duration
  #missed = Duration.zero

  constructor(clock: Clock) {
    this.#clock = clock
    this.#wall = clock.now()
    this.#monotonic = clock.monotonic()
  }

  now(): Date {
    return this.#clock.now()
  }

  monotonic(): Duration {
    return this.#clock.monotonic()
  }

  sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(duration, signal)
  }

  /**
   * As much time as may have passed: the monotonic clock, and by how much the wall clock ran ahead of it. A clock that was
   * set forward looks like a sleep; what is done early for that does no harm.
   */
  elapsed(): Duration {
    const [wall, monotonic] = [this.#clock.now(), this.#clock.monotonic()]
    const ahead = Duration.between(this.#wall, wall).minus(monotonic.minus(this.#monotonic))
    if (tolerated.isLessThan(Duration.ofMilliseconds(Math.abs(ahead.milliseconds)))) {
      this.#missed = this.#missed.plus(Duration.max(ahead, Duration.zero))
      this.#wall = wall
      this.#monotonic = monotonic
    }
    return monotonic.plus(this.#missed)
  }
}
