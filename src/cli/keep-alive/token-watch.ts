import type { LoginEvent } from '../../connectors/vault/login/login-event.ts'
import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import { formatTimeOrNull } from '../../core/time.ts'
import type { Facts, Health } from '../../metrics/scrape-answer.ts'
import { LoopPulse } from './loop-pulse.ts'
import { afterEvent, toldError, type ToldError, unheardOf, type WatchedToken } from './watched-token.ts'

/** More are counted, but not told of one by one; those that are not ready come first. */
const mostListed = 100

/** The token is good, but readers have none or the one before. */
const sinkNotWritten = 'sink-not-written'

export interface Readiness extends Health {
  readonly tokens: number
  readonly notReady: number
  readonly issuers: readonly ReadinessOfIssuer[]
}

interface ReadinessOfIssuer extends Facts {
  readonly issuer: string
  readonly ready: boolean
  /** Why it is not. */
  readonly reason: string | null
  readonly state: WatchedToken['state']
  readonly expiresAt: string | null
  readonly nextRenewalAt: string | null
  readonly endsAt: string | null
  readonly failures: number
  readonly lastError: ToldError | null
}

interface Watched {
  readonly pulse: LoopPulse
  token: WatchedToken
  /** Why a sink doesn't have the token, by its path. */
  readonly unwritten: Map<string, ToldError>
}

interface HandedOnToken extends WatchedToken {
  /** Why a sink doesn't have the token; null when all have it. */
  readonly sinkError: ToldError | null
}

/** Of one issuer. */
export interface Observers {
  readonly observe: (event: RenewerEvent) => void
  readonly observeLogin: (event: LoginEvent) => void
  /** The loop is to go by it. */
  readonly clock: Clock
}

/** What the loops said last, for those who ask from outside. */
export class TokenWatch {
  readonly #clock: Clock
  readonly #watched = new Map<string, Watched>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The observers for one issuer's loop; `timeout` is that of its requests. */
  watch(issuer: string, timeout: Duration): Observers {
    const pulse = new LoopPulse(this.#clock, timeout.times(4).plus(Duration.ofSeconds(60)))
    const unwritten = new Map<string, ToldError>()
    const watched: Watched = { pulse, token: unheardOf, unwritten }
    this.#watched.set(issuer, watched)
    const observe = (event: RenewerEvent): void => void (watched.token = afterEvent(watched.token, event))
    const observeLogin = (event: LoginEvent): void => {
      if (event.kind === 'sink-failed') unwritten.set(event.path, toldCause(event.error))
      else if (event.kind === 'sink-written') unwritten.delete(event.path)
    }
    return { observe, observeLogin, clock: pulse }
  }

  /** Every loop that goes on still turns; what the tokens are worth is another question. */
  get health(): Health {
    const running = [...this.#watched].filter(([, { token }]) => token.isRunning)
    const stuck = running.filter(([, { pulse }]) => pulse.isOverdue).map(([issuer]) => issuer)
    return { ok: stuck.length === 0, loops: running.length, stuck: stuck.slice(0, mostListed) }
  }

  /** Every token is valid, will be renewed in time, and is where its readers look for it. */
  get readiness(): Readiness {
    const tokens = this.#tokens
    const notReady = tokens.filter(([, token]) => this.#reasonAgainst(token) !== null)
    const ready = tokens.filter(([, token]) => this.#reasonAgainst(token) === null)
    return {
      ok: tokens.length > 0 && notReady.length === 0,
      tokens: tokens.length,
      notReady: notReady.length,
      failing: tokens.filter(([, { failures }]) => failures > 0).length,
      nextExpiryAt: formatTimeOrNull(earliest(tokens.map(([, { expiresAt }]) => expiresAt))),
      issuers: [...notReady, ...ready].slice(0, mostListed).map(([issuer, token]) => this.#shown(issuer, token)),
    }
  }

  /** A look-up has shown a token to be good, and it may be still. */
  get isProven(): boolean {
    return this.#tokens.some(([, { state }]) => state === 'alive')
  }

  /** The renewal that comes first, and the end of a token that comes first. */
  get next(): {
    readonly issuer: string | undefined
    readonly renewalAt: Date | null
    readonly expiresAt: Date | null
  } {
    const renewalAt = earliest(this.#tokens.map(([, { nextRenewalAt }]) => nextRenewalAt))
    const issuer = this.#tokens.find(([, { nextRenewalAt }]) => nextRenewalAt === renewalAt)?.[0]
    return { issuer, renewalAt, expiresAt: earliest(this.#tokens.map(([, { expiresAt }]) => expiresAt)) }
  }

  /** The last end among the tokens that can't be renewed any more: metrics are of use until then. */
  get lastEnd(): Date | null {
    const ends = this.#tokens.flatMap(([, { state, expiresAt }]) =>
      state === 'not-renewable' && expiresAt ? [expiresAt] : [],
    )
    return ends.sort((a, b) => b.getTime() - a.getTime())[0] ?? null
  }

  get #tokens(): readonly (readonly [string, HandedOnToken])[] {
    return [...this.#watched].map(([issuer, { token, unwritten }]) => {
      const [sinkError = null] = unwritten.values()
      return [issuer, { ...token, sinkError }]
    })
  }

  /** Why a token is not ready; null when it is. */
  #reasonAgainst({ state, expiresAt, isLost, sinkError, endsSoon }: HandedOnToken): string | null {
    if (state !== 'alive') return state
    if (expiresAt !== null && expiresAt <= this.#clock.now()) return 'expired'
    if (isLost) return 'no-attempt-left'
    if (sinkError) return sinkNotWritten
    return endsSoon ? 'ends-soon' : null
  }

  #shown(issuer: string, token: HandedOnToken): ReadinessOfIssuer {
    const { state, failures } = token
    const reason = this.#reasonAgainst(token)
    const lastError = reason === sinkNotWritten ? token.sinkError : token.lastError
    return {
      issuer,
      ready: reason === null,
      reason,
      state,
      expiresAt: formatTimeOrNull(token.expiresAt),
      nextRenewalAt: formatTimeOrNull(token.nextRenewalAt),
      endsAt: formatTimeOrNull(token.endsAt),
      failures,
      lastError,
    }
  }
}

function toldCause(error: unknown): ToldError {
  const code = error instanceof CertctlError ? error.code : 'bug'
  return toldError({ code, message: errorMessage(error) })
}

function earliest(times: readonly (Date | null)[]): Date | null {
  const known = times.flatMap((time) => time ?? [])
  return known.sort((a, b) => a.getTime() - b.getTime())[0] ?? null
}
