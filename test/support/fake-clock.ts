import type { Clock } from '../../src/core/clock.ts'
import { Duration } from '../../src/core/duration.ts'

interface Sleeper {
  readonly dueAt: number
  readonly wake: () => void
}

/** A clock that only moves when it is told to. Sleepers go by its monotonic time, as real timers do. */
export class FakeClock implements Clock {
  /** Every duration that was slept for so far, in order, whether it ended by time or by abort. */
  readonly sleeps: Duration[] = []
  readonly #sleepers = new Set<Sleeper>()
  #wall: number
  #monotonic = 0

  constructor(start = new Date('2030-01-01T00:00:00Z')) {
    this.#wall = start.getTime()
  }

  now(): Date {
    return new Date(this.#wall)
  }

  monotonic(): Duration {
    return Duration.ofMilliseconds(this.#monotonic)
  }

  async sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return
    this.sleeps.push(duration)
    const dueAt = this.#monotonic + Math.max(0, duration.milliseconds)
    await new Promise<void>((resolve) => {
      const interrupt = () => this.#wake(sleeper)
      const wake = () => {
        signal?.removeEventListener('abort', interrupt)
        resolve()
      }
      const sleeper = { dueAt, wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', interrupt, { once: true })
      // As with a real timer of zero: not at once, but without anybody moving the clock.
      if (dueAt === this.#monotonic) setImmediate(() => this.#wake(sleeper))
    })
  }

  /** Time passes: wakes who is due on the way, in order, and lets each do its work before time goes on. */
  async advance(duration: Duration): Promise<void> {
    const target = this.#monotonic + duration.milliseconds
    await settle()
    for (;;) {
      const next = this.#firstUntil(target)
      if (!next) break
      this.#move(next.dueAt - this.#monotonic)
      this.#wake(next)
      await settle()
    }
    this.#move(target - this.#monotonic)
    await settle()
  }

  /** Somebody sets the wall clock, either way, or the host was suspended: no sleeper notices. */
  jumpWall(duration: Duration): void {
    this.#wall += duration.milliseconds
  }

  /** Of those that sleep now, how long the first has to go; undefined when nobody sleeps. */
  get nextWake(): Duration | undefined {
    const first = this.#firstUntil(Infinity)
    return first && Duration.ofMilliseconds(first.dueAt - this.#monotonic)
  }

  get sleeping(): number {
    return this.#sleepers.size
  }

  /** Resolves as soon as somebody sleeps, for work that waits for real input first. Throws after `patience` real milliseconds. */
  async untilSleeping(patience = 2000): Promise<void> {
    const end = performance.now() + patience
    while (this.#sleepers.size === 0) {
      if (performance.now() > end) throw new Error('nobody sleeps on the fake clock')
      await settle()
    }
  }

  #firstUntil(target: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter(({ dueAt }) => dueAt <= target)
    return due.toSorted((one, other) => one.dueAt - other.dueAt)[0]
  }

  #move(milliseconds: number): void {
    this.#monotonic += milliseconds
    this.#wall += milliseconds
  }

  #wake(sleeper: Sleeper): void {
    if (this.#sleepers.delete(sleeper)) sleeper.wake()
  }
}

/** Lets promises and what they start go as far as they can without time or input. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
