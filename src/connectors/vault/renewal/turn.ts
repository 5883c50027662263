import { Duration } from '../../../core/duration.ts'
import type { Demands } from './demands.ts'
import { type Moment, momentAfter, timeUntil, timeUntilForSure } from './moment.ts'
import type { WatchedClock } from './watched-clock.ts'
import { minAttemptDistance, nap } from '../token/renewal-schedule.ts'

export interface NextTurn {
  readonly due: Moment
  /** It is no attempt: the token is dead by then, and only the monotonic clock may say so. */
  readonly isEnd: boolean
  /** When the attempt before it was started, if there was one. */
  readonly lastAttempt: Moment | undefined
  /** A sleep takes at most a quarter of it; undefined while nobody knows it. */
  readonly leaseLeft: (() => Duration) | undefined
}

/** Rests until the turn is due by either clock, or wanted from outside; throws Interruption. */
export async function restUntilDue(turn: NextTurn, clock: WatchedClock, demands: Demands): Promise<void> {
  const untilDue = (): Duration => untilTurn(turn, clock, demands.isRenewalWanted)
  while (untilDue().isPositive) {
    await demands.rest(async (signal) => {
      for (let wait = untilDue(); wait.isPositive && !signal.aborted; wait = untilDue()) {
        await clock.sleep(nap(wait, turn.leaseLeft?.()), signal)
      }
    })
  }
}

function untilTurn({ due, isEnd, lastAttempt }: NextTurn, clock: WatchedClock, isWanted: boolean): Duration {
  if (isEnd && !isWanted) return timeUntilForSure(due, clock)
  const untilDue = isWanted ? Duration.zero : timeUntil(due, clock)
  return lastAttempt ? Duration.max(untilDue, untilAllowed(lastAttempt, clock)) : untilDue
}

/** However often a renewal is wanted, and however the clocks differ, the server is asked once a second at most. */
function untilAllowed(lastAttempt: Moment, clock: WatchedClock): Duration {
  return timeUntilForSure(momentAfter(lastAttempt, minAttemptDistance), clock)
}
