import { setImmediate as nextTick } from 'node:timers/promises'
import type { Clock } from '../../../../../src/core/clock.ts'
import { Duration } from '../../../../../src/core/duration.ts'

interface Sleeper {
  readonly wakesAt: number
  readonly wake: () => void
}

/** A clock that stands still until it is told to go on; whoever sleeps on it wakes in order, each at its own instant. */
export class SteppedClock implements Clock {
  #wall = Date.parse('2026-01-01T00:00:00Z')
  #monotonic = 0
  #slept = 0
  #sleepers: Sleeper[] = []
  /** Every duration that was asked for. */
  readonly sleeps: Duration[] = []

  now(): Date {
    return new Date(this.#wall)
  }

  monotonic(): Duration {
    return Duration.ofMilliseconds(this.#monotonic)
  }

  get seconds(): number {
    return this.#monotonic / 1000
  }

  /** Of a clock elsewhere: goes on while this host sleeps, and nobody sets it. */
  get secondsElsewhere(): number {
    return (this.#monotonic + this.#slept) / 1000
  }

  get sleeperCount(): number {
    return this.#sleepers.length
  }

  sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(duration)
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const wake = (): void => {
        signal?.removeEventListener('abort', interrupt)
        resolve()
      }
      const sleeper = { wakesAt: this.#monotonic + Math.max(0, duration.milliseconds), wake }
      const interrupt = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper)
        resolve()
      }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', interrupt, { once: true })
    })
  }

  async advance(duration: Duration): Promise<void> {
    const until = this.#monotonic + duration.milliseconds
    for (;;) {
      await nextTick()
      const next = this.#sleepers.filter(({ wakesAt }) => wakesAt <= until).sort((a, b) => a.wakesAt - b.wakesAt)[0]
      if (!next) break
      this.#sleepers = this.#sleepers.filter((one) => one !== next)
      this.#goOn(Math.max(0, next.wakesAt - this.#monotonic))
      next.wake()
    }
    this.#goOn(until - this.#monotonic)
  }

  /** Both clocks go on while the process is held up; then the timers that are due fire together. */
  async stall(duration: Duration): Promise<void> {
    this.#goOn(duration.milliseconds)
    await this.advance(Duration.zero)
  }

  /** The host sleeps: the wall clock goes on, the monotonic one and its timers stand still. */
  suspend(duration: Duration): void {
    this.#slept += duration.milliseconds
    this.#wall += duration.milliseconds
  }

  /** Somebody sets the wall clock; negative: back. */
  setWall(by: Duration): void {
    this.#wall += by.milliseconds
  }

  #goOn(milliseconds: number): void {
    this.#wall += milliseconds
    this.#monotonic += milliseconds
  }
}
