import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import type { CertctlError } from '../../core/errors.ts'

/** What a loop said last of its token. */
export interface WatchedToken {
  readonly state: 'starting' | 'waiting' | 'alive' | 'not-renewable' | 'expired' | 'failed'
  /** The loop goes on; when it ended by itself, nothing more is heard of it. */
  readonly isRunning: boolean
  /** Null while it never expires, or is not known. */
  readonly expiresAt: Date | null
  readonly nextRenewalAt: Date | null
  /** The end that renewal can't move, where one is known. */
  readonly endsAt: Date | null
  /** Since the last success. */
  readonly failures: number
  readonly lastError: { readonly code: string; readonly message: string } | null
  /** No attempt to renew it is left before it ends. */
  readonly isLost: boolean
  /** The warning ahead of its end was given, and no login replaces it. */
  readonly endsSoon: boolean
}

export type ToldError = NonNullable<WatchedToken['lastError']>

export const unheardOf: WatchedToken = {
  state: 'starting',
  isRunning: true,
  expiresAt: null,
  nextRenewalAt: null,
  endsAt: null,
  failures: 0,
  lastError: null,
  isLost: false,
  endsSoon: false,
}

/** A server may answer at length. */
const longestMessage = 300

export function afterEvent(token: WatchedToken, event: RenewerEvent): WatchedToken {
  switch (event.kind) {
    case 'started':
    case 'token-replaced': {
      const { expiresAt, nextRenewalAt } = event
      const state = expiresAt === null || nextRenewalAt !== null ? 'alive' : 'not-renewable'
      return { ...unheardOf, state, expiresAt, nextRenewalAt }
    }
    case 'waiting':
      return {
        ...token,
        ...failed(event),
        state: token.state === 'starting' ? 'waiting' : token.state,
        isRunning: true,
      }
    case 'login-failed':
      return { ...token, ...failed(event), isRunning: true }
    case 'renewed':
      return {
        ...unheardOf,
        ...of(token, 'endsAt', 'endsSoon'),
        state: 'alive',
        ...of(event, 'expiresAt', 'nextRenewalAt'),
      }
    case 'renewal-failed': {
      const { expiresAt, nextAttemptAt } = event
      return { ...token, ...failed(event), expiresAt, nextRenewalAt: nextAttemptAt, isLost: nextAttemptAt === null }
    }
    case 'capped':
      return { ...token, endsAt: event.endsAt }
    case 'end-known':
      return { ...token, endsAt: event.endsAt, endsSoon: false }
    case 'ends-soon':
      return { ...token, endsAt: event.endsAt, endsSoon: true }
    case 'nothing-to-renew':
      return { ...unheardOf, state: 'alive', isRunning: false }
    case 'not-renewable':
      return { ...ended(token, 'not-renewable', event.error), expiresAt: event.expiresAt }
    case 'expired':
      return { ...ended(token, 'expired', event.error), expiresAt: event.expiresAt }
    case 'failed':
      return ended(token, 'failed', event.error)
    case 'stopped':
      return { ...token, isRunning: false }
    case 'short-lease':
      return token
  }
}

function failed({ error, failures }: { readonly error: CertctlError; readonly failures: number }) {
  return { failures, lastError: toldError(error) }
}

function ended(token: WatchedToken, state: WatchedToken['state'], error: CertctlError | undefined): WatchedToken {
  const lastError = error ? toldError(error) : token.lastError
  return { ...token, state, isRunning: false, nextRenewalAt: null, lastError }
}

export function toldError({ code, message }: ToldError): ToldError {
  return { code, message: message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message }
}

function of<Whole, Key extends keyof Whole>(whole: Whole, ...keys: readonly Key[]): Pick<Whole, Key> {
  return Object.fromEntries(keys.map((key) => [key, whole[key]])) as Pick<Whole, Key>
}
