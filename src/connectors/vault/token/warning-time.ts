import { Duration } from '../../../core/duration.ts'
import { renewalDelay } from './renewal-schedule.ts'
import { endOfLife, fullGrant, type TokenLife } from './token-life.ts'

/** Of a token's whole life. */
const usualLead = 1 / 5

export interface WarningWish {
  /** How long before the end; a fifth of the token's life by default, and at least the time between two renewals. */
  readonly warnBefore: Duration | undefined
  /** What each grant shall be; the token's creation TTL by default. */
  readonly asked: Duration | undefined
}

/** When to warn of the end that renewal can't move, on the server's clock; null while no end is known. */
export function warningTime(life: TokenLife, { warnBefore, asked }: WarningWish): Date | null {
  const { at } = endOfLife(life)
  if (at === null) return null
  const whole = Duration.between(life.facts.issuedAt ?? life.asOf, at)
  const cadence = renewalDelay(Duration.min(fullGrant(life.facts, asked), whole))
  return (warnBefore ?? Duration.max(whole.times(usualLead), cadence)).before(at)
}
