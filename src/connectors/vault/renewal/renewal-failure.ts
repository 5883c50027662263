import {
  CertctlError,
  errorMessage,
  ProtocolError,
  RejectedError,
  UnavailableError,
  AuthError,
} from '../../../core/errors.ts'
import { ConnectionError } from '../../../http/http-client.ts'
import type { ExpiryReason } from './renewer-event.ts'
import { TokenDeniedError, TokenNotRenewableError } from '../token/token-api.ts'

/** What a renewal may fail with and the next one succeed; anything else is a verdict, or a bug. */
export type PassingError = UnavailableError | ProtocolError | RejectedError | TokenDeniedError

export function isPassing(error: unknown): error is PassingError {
  return isUnanswered(error) || error instanceof RejectedError || error instanceof TokenDeniedError
}

/** The server said nothing about the token: it is away, or the answer makes no sense. */
export function isUnanswered(error: unknown): error is UnavailableError | ProtocolError {
  return error instanceof UnavailableError || error instanceof ProtocolError
}

/** No look-up there: waiting for such a server is waiting for ever. */
export function isNoVault(error: ProtocolError | UnavailableError): boolean {
  return error.code === 'not-vault'
}

/** Whether the server may have renewed all the same and only its answer was lost, on the way or at a gateway. */
export function mayHaveWorked(error: PassingError): boolean {
  if (error instanceof ConnectionError) return error.requestSent
  return error instanceof ProtocolError || error.facts['status'] === 502 || error.facts['status'] === 504
}

export function notRenewableError(): TokenNotRenewableError {
  const hint = 'log in again and replace the token before it expires'
  return new TokenNotRenewableError('the token is not renewable', false, { hint })
}

export function expiredError(reason: ExpiryReason, cause: unknown): AuthError {
  const hint = 'log in again and put the new token in its place'
  return new AuthError(whatHappened[reason], { code: 'token-expired', hint, cause, facts: { reason } })
}

const whatHappened: Readonly<Record<ExpiryReason, string>> = {
  'max-ttl': 'the token is dead: its max TTL is over',
  ttl: 'the token is dead: its TTL is over and no renewal came through',
  revoked: 'the token is dead: revoked, used up or unknown to the server',
}

/** What nobody expects of the loop: a bug, told as one instead of an end without a word. */
export class BrokenLoopError extends CertctlError {
  readonly exitCode = 1
  constructor(cause: unknown) {
    super(`the token-renewal loop breaks: ${errorMessage(cause)}`, 'internal', { cause })
  }
}
