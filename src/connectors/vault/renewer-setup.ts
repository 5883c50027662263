import type { Clock } from '../../core/clock.ts'
import type { Duration } from '../../core/duration.ts'
import type { RenewerEvent } from './renewer-event.ts'
import type { TokenApi, TokenFacts } from './token-api.ts'

/** Throws RejectedError, AuthError or ConfigError when the credentials are no good, else what passes. */
export type Successor = (signal: AbortSignal) => Promise<TokenFacts>

export interface RenewerSetup {
  readonly api: TokenApi
  readonly clock: Clock
  /** In [0, 1), for the jitter. */
  readonly random: () => number
  /** What each grant shall be; the token's creation TTL when absent. */
  readonly increment: Duration | undefined
  /** For one request; shorter when less than twice that is left of the token. */
  readonly timeout: Duration
  /** Gets another token in the place of the API's and proves it by a look-up; absent where nobody can log in. */
  readonly succeed?: Successor | undefined
  readonly emit: (event: RenewerEvent) => void
}
