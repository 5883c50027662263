import type { Duration } from '../../../core/duration.ts'
import type { CertctlError } from '../../../core/errors.ts'
import type { EndOfLife, EndReason } from '../token/token-life.ts'

/** What the renewal loop tells its observers: log, metrics, supervisor. Times are this host's. */
export type RenewerEvent =
  | LifeKnown
  | ServerAwaited
  | TokenRenewed
  | RenewalFailed
  | TokenNotRenewable
  | TokenCapped
  | EndKnown
  | TokenEndsSoon
  | ShortLease
  | NothingToRenew
  | TokenExpired
  | LoopFailed
  | SuccessorAwaited
  | LoopStopped

/** A look-up told what the token is: at the start, or after another token took the place of the first. */
export interface LifeKnown {
  readonly kind: 'started' | 'token-replaced'
  readonly ttl: Duration
  /** Null: it never expires. */
  readonly expiresAt: Date | null
  readonly renewable: boolean
  readonly nextRenewalAt: Date | null
}

/** The server can't be asked what the token is; it is asked again. Loud at the first and at each change of cause. */
export interface ServerAwaited {
  readonly kind: 'waiting'
  readonly error: CertctlError
  readonly failures: number
  readonly loud: boolean
  readonly nextAttemptAt: Date
}

export interface TokenRenewed {
  readonly kind: 'renewed'
  readonly lease: Duration
  readonly expiresAt: Date
  readonly nextRenewalAt: Date
}

/** Each is one for the count; only the loud ones are errors for a person. */
export interface RenewalFailed {
  readonly kind: 'renewal-failed'
  readonly error: CertctlError
  readonly failures: number
  readonly loud: boolean
  readonly expiresAt: Date
  /** Null when it was the last. */
  readonly nextAttemptAt: Date | null
}

export interface TokenNotRenewable {
  readonly kind: 'not-renewable'
  /** At the start no renewal was asked for. */
  readonly when: 'start' | 'renewal'
  readonly expiresAt: Date
  /** The server's refusal; absent when a reply said `renewable: false`. */
  readonly error?: CertctlError
}

/** Renewal can't give it a full lease any more. Told once for each end that becomes known. */
export interface TokenCapped {
  readonly kind: 'capped'
  readonly endsAt: Date
  readonly why: EndReason
}

/** The end that renewal can't move became known, or another, or turned out to be none. */
export interface EndKnown extends Omit<EndOfLife, 'at'> {
  readonly kind: 'end-known'
  /** Null: no longer known. */
  readonly endsAt: Date | null
}

/**
 * The warning ahead of the end: the threshold has passed and no other token is in sight. Told once, and again when the end
 * has moved nearer; it holds until `end-known` or `token-replaced`.
 */
export interface TokenEndsSoon extends Omit<EndOfLife, 'at'> {
  readonly kind: 'ends-soon'
  readonly endsAt: Date
  readonly left: Duration
}

/** Leases are so short that renewal leaves the regular cadence. Told once. */
export interface ShortLease {
  readonly kind: 'short-lease'
  readonly lease: Duration
}

/** The token never expires. */
export interface NothingToRenew {
  readonly kind: 'nothing-to-renew'
}

export type ExpiryReason = 'max-ttl' | 'ttl' | 'revoked'

export interface TokenExpired {
  readonly kind: 'expired'
  readonly reason: ExpiryReason
  /** Null when it was never known. */
  readonly expiresAt: Date | null
  readonly error: CertctlError
}

/** The loop can't go on for another reason than the token: no Vault there, or a bug. */
export interface LoopFailed {
  readonly kind: 'failed'
  readonly error: CertctlError
}

/** No successor could be got yet; it is tried again while there is time, or for ever when there is no good token. */
export interface SuccessorAwaited {
  readonly kind: 'login-failed'
  readonly error: CertctlError
  readonly failures: number
  readonly loud: boolean
  readonly nextAttemptAt: Date
}

export interface LoopStopped {
  readonly kind: 'stopped'
}
