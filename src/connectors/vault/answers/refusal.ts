import type { Duration } from '../../../core/duration.ts'

/** What was asked for when the refusal came. */
export type Purpose = 'token-lookup' | 'token-renewal' | 'login' | 'unwrapping' | 'certificate' | 'revocation' | 'other'

/** An answer that is no success, its texts without the token. */
export interface Refusal {
  readonly status: number
  /** Vault's `errors`, or undefined when the body is not Vault's JSON. */
  readonly errors: readonly string[] | undefined
  /** The start of a body that is no JSON at all. */
  readonly excerpt: string
  readonly retryAfter: Duration | undefined
}

/** What was asked of whom: the object of the message. */
export interface Asked {
  readonly purpose: Purpose
  /** As in `role "web"`. */
  readonly object: string
  /** Such as `pki/sign/web`. */
  readonly path: string
  readonly server: string
}

/** Whether the status says that a later try may succeed. */
export function isPassing(status: number): boolean {
  return status === 412 || status === 429 || status >= 500
}
