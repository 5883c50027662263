import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import type { Clock } from '../../core/clock.ts'
import { formatTimeOrNull } from '../../core/time.ts'
import type { Health } from '../../metrics/scrape-answer.ts'

interface WatchedToken {
  readonly state: 'unknown' | 'alive' | 'not-renewable' | 'ended'
  /** Null while it never expires, or is not known. */
  readonly expiresAt: Date | null
  readonly failures: number
  /** No attempt to renew it is left before it ends. */
  readonly isLost?: boolean
  /** The warning ahead of its end was given, and no login replaces it. */
  readonly endsSoon?: boolean
}

/** What the loops said last, for those who ask from outside. */
export class TokenWatch {
  readonly #clock: Clock
  readonly #tokens = new Map<string, WatchedToken>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The observer for one issuer's loop. */
  observe(issuer: string): (event: RenewerEvent) => void {
    this.#tokens.set(issuer, { state: 'unknown', expiresAt: null, failures: 0 })
    return (event) => {
      const before = this.#tokens.get(issuer)
      if (before) this.#tokens.set(issuer, after(before, event))
    }
  }

  /** The process answers, so its loops are turning; what the tokens are worth is another question. */
  get health(): Health {
    const running = [...this.#tokens.values()].filter(({ state }) => state === 'unknown' || state === 'alive').length
    return { ok: true, loops: running }
  }

  /** Every token is valid and will be renewed in time. */
  get readiness(): Health {
    const tokens = [...this.#tokens.values()]
    const ends = tokens.flatMap(({ expiresAt }) => expiresAt ?? []).sort((a, b) => a.getTime() - b.getTime())
    return {
      ok: tokens.length > 0 && tokens.every((token) => this.#isGood(token)),
      tokens: tokens.length,
      notReady: tokens.filter((token) => !this.#isGood(token)).length,
      failing: tokens.filter(({ failures }) => failures > 0).length,
      nextExpiryAt: formatTimeOrNull(ends[0] ?? null),
    }
  }

  /** The last end among the tokens that can't be renewed any more: metrics are of use until then. */
  get lastEnd(): Date | null {
    const ends = [...this.#tokens.values()].flatMap(({ state, expiresAt }) =>
      state === 'not-renewable' && expiresAt ? [expiresAt] : [],
    )
    return ends.sort((a, b) => b.getTime() - a.getTime())[0] ?? null
  }

  #isGood({ state, expiresAt, isLost, endsSoon }: WatchedToken): boolean {
    return (
      state === 'alive' && isLost !== true && endsSoon !== true && (expiresAt === null || expiresAt > this.#clock.now())
    )
  }
}

function after(token: WatchedToken, event: RenewerEvent): WatchedToken {
  switch (event.kind) {
    case 'started':
    case 'token-replaced':
      return {
        state: event.expiresAt === null || event.renewable ? 'alive' : 'not-renewable',
        expiresAt: event.expiresAt,
        failures: 0,
      }
    case 'nothing-to-renew':
      return { state: 'alive', expiresAt: null, failures: 0 }
    case 'renewed':
      return { ...token, state: 'alive', expiresAt: event.expiresAt, failures: 0, isLost: false }
    case 'renewal-failed':
      return { ...token, expiresAt: event.expiresAt, failures: event.failures, isLost: event.nextAttemptAt === null }
    case 'not-renewable':
      return { ...token, state: 'not-renewable', expiresAt: event.expiresAt }
    case 'expired':
      return { ...token, state: 'ended', expiresAt: event.expiresAt }
    case 'failed':
      return { ...token, state: 'ended' }
    case 'end-known':
      return { ...token, endsSoon: false }
    case 'ends-soon':
      return { ...token, endsSoon: true }
    case 'capped':
    case 'short-lease':
    case 'waiting':
    case 'login-failed':
    case 'stopped':
      return token
  }
}
