import type { Duration } from '../../../core/duration.ts'

/** What getting tokens tells its observers; never a token. */
export type LoginEvent =
  | {
      readonly kind: 'logged-in'
      readonly method: string
      readonly accessor: string | null
      readonly ttl: Duration
      readonly expiresAt: Date | null
    }
  | { readonly kind: 'sink-written'; readonly path: string }
  /** Followed by `sink-written` once it has the newest token. */
  | { readonly kind: 'sink-failed'; readonly path: string; readonly error: unknown }
  | { readonly kind: 'superseded-revoked' }
  | { readonly kind: 'superseded-not-revoked'; readonly error: unknown }
