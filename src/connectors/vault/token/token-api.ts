import { AuthError, type ErrorDetails } from '../../../core/errors.ts'
import type { Duration } from '../../../core/duration.ts'

/** What the server says of a token (`lookup-self`), each value parsed once. */
export interface TokenFacts {
  /** Null for a batch token, which has none. */
  readonly accessor: string | null
  readonly displayName: string
  readonly type: string
  readonly policies: readonly string[]
  /** What is left, cut off to seconds by the server; zero for a token that never expires. */
  readonly ttl: Duration
  /** Null: it never expires. */
  readonly expiresAt: Date | null
  readonly renewable: boolean
  /** The TTL granted at creation; renewals don't change it. */
  readonly creationTtl: Duration
  readonly period: Duration | null
  readonly explicitMaxTtl: Duration | null
  /** Null: without a limit. Every authenticated request spends one; -1 is the last. */
  readonly usesLeft: number | null
  readonly orphan: boolean
  readonly issuedAt: Date | null
  readonly lastRenewalAt: Date | null
  readonly entityId: string | null
  readonly role: string | null
  readonly path: string | null
  readonly warnings: readonly string[]
}

/** What a renewal granted. */
export interface TokenGrant {
  readonly lease: Duration
  readonly renewable: boolean
  readonly warnings: readonly string[]
}

export interface CallLimits {
  /** For the whole call; without one, the client's own setting for each attempt. */
  readonly timeout?: Duration | undefined
  readonly signal?: AbortSignal | undefined
}

export interface TokenCall extends CallLimits {
  /** Whether the HTTP client may repeat it after a passing failure; the renewal loop repeats by itself. */
  readonly repeat?: boolean
}

/**
 * The two calls that a token's life hangs on. They throw TokenDeniedError, TokenNotRenewableError, ConnectionError,
 * UnavailableError, RejectedError or ProtocolError; an abort throws the signal's reason.
 */
export interface TokenApi {
  lookupSelf(call?: TokenCall): Promise<TokenFacts>
  /** An answer without an `auth` block renewed nothing and is a ProtocolError. */
  renewSelf(increment: Duration | undefined, call?: TokenCall): Promise<TokenGrant>
  /**
   * What the mount that `path` lies in allows a token from issue to end; null where this one may not know, or the server
   * doesn't. Throws UnavailableError only, and costs no use.
   */
  mountMaxTtl(path: string, call?: TokenCall): Promise<Duration | null>
}

/**
 * 403: the token is dead, or lives without the policy for this path; one lookup tells. `lacksPolicy` when the server itself
 * says that it lives.
 */
export class TokenDeniedError extends AuthError {
  constructor(
    message: string,
    details?: ErrorDetails,
    readonly lacksPolicy = false,
  ) {
    super(message, { code: 'denied', ...details })
  }
}

/** The server will not renew this token, now or later; `pastMaxTtl` when that is because of its age. */
export class TokenNotRenewableError extends AuthError {
  constructor(
    message: string,
    readonly pastMaxTtl: boolean,
    details?: ErrorDetails,
  ) {
    super(message, { code: 'not-renewable', ...details })
  }
}
