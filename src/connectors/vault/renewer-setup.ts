import type { Clock } from '../../core/clock.ts'
import type { Duration } from '../../core/duration.ts'
import type { RenewerEvent } from './renewer-event.ts'
import type { TokenApi } from './token-api.ts'

export interface RenewerSetup {
  readonly api: TokenApi
  readonly clock: Clock
  /** In [0, 1), for the jitter. */
  readonly random: () => number
  /** What each grant shall be; the token's creation TTL when absent. */
  readonly increment: Duration | undefined
  /** For one request; shorter when less than twice that is left of the token. */
  readonly timeout: Duration
  readonly emit: (event: RenewerEvent) => void
}
