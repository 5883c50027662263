import type { Clock } from '../../../core/clock.ts'
import { Duration } from '../../../core/duration.ts'
import { CertctlError, ConfigError } from '../../../core/errors.ts'
import type { Secret } from '../../../core/secret.ts'
import type { TokenFacts } from '../token/token-api.ts'
import { isUnanswered } from './renewal-failure.ts'
import type { Rotation } from './renewer-setup.ts'

/** Whose token it is. */
export interface TokenHolder {
  holds(token: Secret): boolean
  /** From the next call on. */
  useToken(token: Secret): void
  /** A look-up by a token that it does not hold. */
  prove(token: Secret, signal?: AbortSignal): Promise<TokenFacts>
}

export interface TokenRotationSettings {
  readonly holder: TokenHolder
  /** The token that is in its place by now; undefined where it can't be read again. ConfigError when it is none. */
  readonly read: () => Promise<Secret | undefined>
  readonly clock: Clock
  readonly emit: (event: RotationEvent) => void
}

/** What is told of a token that was put in the place of the one that is used; never a token. */
export type RotationEvent =
  | { readonly kind: 'token-refused'; readonly error: CertctlError }
  /** The server said nothing about it; it is asked again. */
  | { readonly kind: 'token-unproven'; readonly error: CertctlError }

export type Rotated =
  | { readonly kind: 'taken'; readonly facts: TokenFacts }
  | { readonly kind: 'nothing-new' | 'refused' }
  /** To be looked at once more before that is told: a file is empty while it is written. */
  | { readonly kind: 'unusable'; readonly lookAgainIn: Duration }
  | { readonly kind: 'unproven'; readonly token: Secret; readonly error: CertctlError }

/** How long a file may be empty, or away, before that is told. */
const patience = Duration.ofSeconds(2)

/** Takes over a token that somebody puts in the place of the one that is used, once a look-up has proven it. */
export class TokenRotation implements Rotation {
  readonly #settings: TokenRotationSettings
  /** Not tried again, nor told. */
  #refused: Secret | undefined
  #told: string | undefined
  #unusable: { readonly message: string; readonly since: Duration } | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(settings: TokenRotationSettings) {
    this.#settings = settings
  }

  /** One at a time. Rejects only with the reason of the abort, or with what nobody expects. */
  take(signal?: AbortSignal): Promise<Rotated> {
    return this.inTurn(() => this.#take(signal))
  }

  trust(token: Secret): void {
    this.#settings.holder.useToken(token)
  }

  /** Nobody else looks at the token meanwhile. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** It was refused elsewhere, and told; `token` is missing where none could be read. */
  noteRefusal(error: CertctlError, token?: Secret): void {
    this.#refused = token ?? this.#refused
    this.#told = error.message
  }

  async #take(signal: AbortSignal | undefined): Promise<Rotated> {
    const { holder, read } = this.#settings
    let token: Secret | undefined
    try {
      token = await read()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return this.#isUnusable(error)
    }
    this.#unusable = undefined
    if (!token || holder.holds(token)) {
      this.#told = undefined
      return { kind: 'nothing-new' }
    }
    if (this.#refused?.equals(token)) return { kind: 'refused' }
    return this.#prove(token, signal)
  }

  async #prove(token: Secret, signal: AbortSignal | undefined): Promise<Rotated> {
    const { holder, emit } = this.#settings
    try {
      const facts = await holder.prove(token, signal)
      signal?.throwIfAborted()
      holder.useToken(token)
      this.#told = undefined
      return { kind: 'taken', facts }
    } catch (error) {
      if (!(error instanceof CertctlError)) throw error
      if (isUnanswered(error)) {
        if (this.#isNews(`${error.code} unproven`)) emit({ kind: 'token-unproven', error })
        return { kind: 'unproven', token, error }
      }
      this.#refused = token
      emit({ kind: 'token-refused', error })
      return { kind: 'refused' }
    }
  }

  #isUnusable(error: ConfigError): Rotated {
    const now = this.#settings.clock.monotonic()
    if (this.#unusable?.message !== error.message) this.#unusable = { message: error.message, since: now }
    const left = this.#unusable.since.plus(patience).minus(now)
    if (left.isPositive) return { kind: 'unusable', lookAgainIn: left }
    if (this.#isNews(error.message)) this.#settings.emit({ kind: 'token-refused', error })
    return { kind: 'refused' }
  }

  #isNews(text: string): boolean {
    const isNews = this.#told !== text
    this.#told = text
    return isNews
  }
}
