import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../src/core/clock.ts'
import { Duration } from '../../src/core/duration.ts'

/** Time passes only while somebody sleeps, and then at once. */
export class SkippingClock implements Clock {
  readonly #start = Date.now()
  #slept = Duration.zero

  now(): Date {
    return this.#slept.after(new Date(this.#start))
  }

  monotonic(): Duration {
    return this.#slept
  }

  async sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    await nextTurn()
    if (!signal?.aborted) this.#slept = this.#slept.plus(duration)
  }
}
