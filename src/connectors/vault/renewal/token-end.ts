import { CertctlError } from '../../../core/errors.ts'
import type { LifecycleEnd } from '../../lifecycle.ts'
import type { KeptToken } from './kept-token.ts'
import { BrokenLoopError, expiredError, notRenewableError } from './renewal-failure.ts'
import type { ExpiryReason, RenewerEvent } from './renewer-event.ts'

type Emit = (event: RenewerEvent) => void

export function endWithNothingToRenew(emit: Emit): LifecycleEnd {
  emit({ kind: 'nothing-to-renew' })
  return { reason: 'nothing-to-renew' }
}

/** `refusal` is the server's, when it refused a renewal instead of saying `renewable: false`. */
export function endNotRenewable(
  emit: Emit,
  token: KeptToken,
  when: 'start' | 'renewal',
  refusal?: CertctlError,
): LifecycleEnd {
  const expiresAt = token.lease.end.wall
  emit({ kind: 'not-renewable', when, expiresAt, ...(refusal ? { error: refusal } : {}) })
  return { reason: 'not-renewable', error: refusal ?? notRenewableError() }
}

export function endExpired(emit: Emit, token: KeptToken, reason: ExpiryReason, cause?: CertctlError): LifecycleEnd {
  const error = expiredError(reason, cause)
  emit({ kind: 'expired', reason, expiresAt: token.expiresAt, error })
  return { reason: 'expired', error }
}

/** The very first answer was a denial: nobody knows what the token was. */
export function endDenied(emit: Emit, error: CertctlError): LifecycleEnd {
  emit({ kind: 'expired', reason: 'revoked', expiresAt: null, error })
  return { reason: 'expired', error }
}

export function endFailed(emit: Emit, cause: unknown): LifecycleEnd {
  const error = cause instanceof CertctlError ? cause : new BrokenLoopError(cause)
  emit({ kind: 'failed', error })
  return { reason: 'failed', error }
}
