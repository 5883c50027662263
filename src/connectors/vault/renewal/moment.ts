import type { Duration } from '../../../core/duration.ts'
import type { WatchedClock } from './watched-clock.ts'

/** An instant by every reckoning. The wall clock is for those who read it; nothing is planned by it. */
export interface Moment {
  readonly wall: Date
  readonly monotonic: Duration
  /** Of `WatchedClock.elapsed`. */
  readonly elapsed: Duration
}

export function momentNow(clock: WatchedClock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic(), elapsed: clock.elapsed() }
}

export function momentAfter({ wall, monotonic, elapsed }: Moment, duration: Duration): Moment {
  return { wall: duration.after(wall), monotonic: monotonic.plus(duration), elapsed: elapsed.plus(duration) }
}

/** If as much time has passed as may have: what is to be done is due then. Negative once it has passed. */
export function timeUntil(moment: Moment, clock: WatchedClock): Duration {
  return moment.elapsed.minus(clock.elapsed())
}

/** By the monotonic clock alone: nothing is over because somebody set the wall clock. */
export function timeUntilForSure(moment: Moment, clock: WatchedClock): Duration {
  return moment.monotonic.minus(clock.monotonic())
}

export function earlierOf(one: Moment, other: Moment): Moment {
  return other.monotonic.isLessThan(one.monotonic) ? other : one
}

export function laterOf(one: Moment, other: Moment): Moment {
  return earlierOf(one, other) === one ? other : one
}
