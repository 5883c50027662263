import type { Clock } from '../../../../src/core/clock.ts'
import { Duration } from '../../../../src/core/duration.ts'

/** Stands still until it is set. */
export class FixedClock implements Clock {
  constructor(public date = new Date('2026-11-23T18:00:00.500Z')) {}

  now(): Date {
    return this.date
  }

  monotonic(): Duration {
    return Duration.ofMilliseconds(this.date.getTime())
  }

  sleep(): Promise<void> {
    return Promise.resolve()
  }

  advance(duration: Duration): void {
    this.date = duration.after(this.date)
  }
}
