import type { WatchedClock } from './watched-clock.ts'
import type { Duration } from '../../../core/duration.ts'
import type { Secret } from '../../../core/secret.ts'
import type { RenewalSlots } from './renewal-slots.ts'
import type { RenewerEvent } from './renewer-event.ts'
import type { ServerPace } from './server-pace.ts'
import type { CallLimits, TokenApi, TokenFacts } from '../token/token-api.ts'
import type { Rotated } from './token-rotation.ts'

/** Who can get another token. */
export interface Successor {
  /**
   * Puts a new token in the place of the API's and proves it by a look-up. Throws RejectedError, AuthError or ConfigError
   * when the credentials are no good, else what passes.
   */
  takeNewToken(limits?: CallLimits): Promise<TokenFacts>
  /** Gives the API's token, which a look-up has proven, to those who read it elsewhere; never rejects. */
  handOn(): Promise<void>
}

/** Where somebody may have put another token in the place of the API's. */
export interface Rotation {
  /** The API goes on with it when it is taken. */
  take(signal?: AbortSignal): Promise<Rotated>
  /** The API goes on with one that nobody has proven, for want of another. */
  trust(token: Secret): void
}

export interface RenewerSetup {
  readonly api: TokenApi
  readonly clock: WatchedClock
  /** In [0, 1), for the jitter. */
  readonly random: () => number
  /** What each grant shall be; the token's creation TTL when absent. */
  readonly increment: Duration | undefined
  /** For one request; shorter when less than twice that is left of the token. */
  readonly timeout: Duration
  /** How long before the end to warn of it; by default as `warningTime` says. */
  readonly warnBefore: Duration | undefined
  /** Shared with all tokens of the same server. */
  readonly pace: ServerPace
  /** Absent where nobody can log in. */
  readonly successor?: Successor | undefined
  /** Absent where the token can't change underneath. */
  readonly rotation?: Rotation | undefined
  /** Shared by the loops of one process. */
  readonly slots?: RenewalSlots | undefined
  readonly emit: (event: RenewerEvent) => void
}
