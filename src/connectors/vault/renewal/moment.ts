import type { Clock } from '../../../core/clock.ts'
import { Duration } from '../../../core/duration.ts'

/** An instant on both clocks: the wall clock may be set, the monotonic one stands still while the host sleeps. */
export interface Moment {
  readonly wall: Date
  readonly monotonic: Duration
}

export function momentNow(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() }
}

export function momentAfter(moment: Moment, duration: Duration): Moment {
  return { wall: duration.after(moment.wall), monotonic: moment.monotonic.plus(duration) }
}

/** By the clock that is nearer to it: what is to be done is due when either says so. Negative once it has passed. */
export function timeUntil(moment: Moment, clock: Clock): Duration {
  return Duration.min(Duration.between(clock.now(), moment.wall), timeUntilForSure(moment, clock))
}

/** By the monotonic clock alone: nothing is over because somebody set the wall clock. */
export function timeUntilForSure(moment: Moment, clock: Clock): Duration {
  return moment.monotonic.minus(clock.monotonic())
}

export function earlierOf(one: Moment, other: Moment): Moment {
  return other.monotonic.isLessThan(one.monotonic) ? other : one
}

export function laterOf(one: Moment, other: Moment): Moment {
  return earlierOf(one, other) === one ? other : one
}
