import type { CertctlError } from '../core/errors.ts'

/**
 * Background work that a connector may have. `start` returns when the work is running, `stop` when it has ended;
 * both may be called twice and in any order, and start after stop starts again.
 */
export interface Lifecycle {
  start(): Promise<void>
  stop(): Promise<void>
  /** Resolves when the work has ended, by itself or by `stop`. Work without it goes on until it is stopped. */
  ended?(): Promise<LifecycleEnd>
  /** Does at once what would be done at its next turn. */
  renewNow?(): void
  /** Reads credentials and settings again. Rejects, and goes on with the old ones, when the new ones are no good. */
  reload?(): Promise<void>
}

export interface LifecycleEnd {
  readonly reason: 'stopped' | 'nothing-to-renew' | 'not-renewable' | 'expired' | 'failed'
  /** Why it can't go on; absent after `stopped` and `nothing-to-renew`. */
  readonly error?: CertctlError
}

/** Looks for the two methods; never asks for a kind. */
export function hasLifecycle(candidate: object): candidate is Lifecycle {
  const { start, stop } = candidate as Partial<Lifecycle>
  return typeof start === 'function' && typeof stop === 'function'
}
