import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import type { Demands } from './demands.ts'
import { type Moment, momentAfter, timeUntil, timeUntilForSure } from './moment.ts'
import { minAttemptDistance, nap } from './renewal-schedule.ts'

export interface NextTurn {
  readonly due: Moment
  /** When the attempt before it was started, if there was one. */
  readonly lastAttempt: Moment | undefined
  /** A sleep takes at most a tenth of it; undefined while nobody knows it. */
  readonly leaseLeft: (() => Duration) | undefined
}

/** Rests until the turn is due by either clock, or wanted from outside; throws Interruption. */
export async function restUntilDue(turn: NextTurn, clock: Clock, demands: Demands): Promise<void> {
  for (;;) {
    const wait = demands.isRenewalWanted ? untilAllowed(turn.lastAttempt, clock) : timeUntil(turn.due, clock)
    if (!wait.isPositive) return
    await demands.rest(clock, nap(wait, turn.leaseLeft?.()))
  }
}

/** However often a renewal is wanted, the server is asked once a second at most. */
function untilAllowed(lastAttempt: Moment | undefined, clock: Clock): Duration {
  return lastAttempt ? timeUntilForSure(momentAfter(lastAttempt, minAttemptDistance), clock) : Duration.zero
}
