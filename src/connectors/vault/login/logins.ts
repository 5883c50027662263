import type { Clock } from '../../../core/clock.ts'
import { Duration } from '../../../core/duration.ts'
import { AuthError } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import type { Successor } from '../renewal/renewer-setup.ts'
import { type CallLimits, TokenDeniedError, type TokenFacts } from '../token/token-api.ts'
import { VaultClient, type VaultConnection } from '../vault-client.ts'
import { VaultTokenApi } from '../vault-token-api.ts'
import { logIn } from './log-in.ts'
import type { LoginEvent } from './login-event.ts'
import type { LoginMethod } from './login-method.ts'
import { type Sink, TokenHandout } from './token-handout.ts'

export interface LoginsSettings {
  readonly method: LoginMethod
  /** The client whose token is replaced. */
  readonly client: VaultClient
  /** Reads TLS files and settings afresh; its token does not matter. */
  readonly reconnect: () => Promise<VaultConnection>
  readonly sinks: readonly Sink[]
  /** Leaves superseded tokens as they are. */
  readonly keepOld: boolean
  /** From a token's being handed on to the end of the one before it; half a minute. */
  readonly grace?: Duration | undefined
  readonly clock: Clock
  readonly emit: (event: LoginEvent) => void
}

/** Readers that took the old token from a sink just before finish what they do with it. */
const usualGrace = Duration.ofSeconds(30)

/** However often one is asked for. */
const distance = Duration.ofSeconds(1)

/** Gets new tokens by one login method and hands them on; nobody sees one before its own look-up has proven it. */
export class Logins implements Successor {
  readonly #settings: LoginsSettings
  readonly #handout: TokenHandout
  /** Only what was got here is ours to revoke. */
  #own: Secret | undefined
  #lastLogin: Duration | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #stop = new AbortController()

  constructor(settings: LoginsSettings) {
    const { sinks, clock, emit } = settings
    this.#settings = settings
    this.#handout = new TokenHandout({ sinks, clock, emit })
  }

  /**
   * One at a time. Throws what the login, the look-up and reading the credentials throw; the token so far then goes on.
   */
  takeNewToken(limits: CallLimits = {}): Promise<TokenFacts> {
    const login = this.#turn.then(() => this.#takeNewToken(limits))
    this.#turn = login.catch(() => undefined)
    return login
  }

  handOn(): Promise<void> {
    return this.#handOn(this.#settings.client.token, undefined)
  }

  /** What waits to be revoked is then left to its TTL. */
  stop(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
  }

  async #takeNewToken(limits: CallLimits): Promise<TokenFacts> {
    const { method, client, reconnect, clock, emit } = this.#settings
    await this.#keepDistance(limits.signal)
    const connection = { ...(await reconnect()), token: new Secret('') }
    try {
      const { token, warnings } = await logIn(new VaultClient(connection, clock), method, limits)
      const renewed = { ...connection, token }
      const facts = await this.#prove(renewed, limits)
      const before = client.use(renewed)
      emit({
        kind: 'logged-in',
        method: method.kind,
        accessor: facts.accessor,
        ttl: facts.ttl,
        expiresAt: facts.expiresAt,
      })
      const superseded = this.#own
      // A batch token can't be revoked.
      this.#own = facts.type === 'batch' ? undefined : token
      await this.#handOn(token, { token: superseded, connection: before })
      return { ...facts, warnings: [...warnings, ...facts.warnings] }
    } catch (error) {
      connection.close?.()
      throw error
    }
  }

  async #keepDistance(signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#settings
    const left = this.#lastLogin?.plus(distance).minus(clock.monotonic())
    if (left?.isPositive) await clock.sleep(left, signal)
    signal?.throwIfAborted()
    this.#lastLogin = clock.monotonic()
  }

  /** A token that is no good here is not left behind. */
  async #prove(connection: VaultConnection, { timeout, signal }: CallLimits): Promise<TokenFacts> {
    const { method, clock } = this.#settings
    const api = new VaultTokenApi(new VaultClient(connection, clock))
    try {
      return await api.lookupSelf({ timeout, repeat: false, signal })
    } catch (error) {
      if (!signal?.aborted) await api.revokeSelf({ signal }).catch(() => undefined)
      if (!(error instanceof TokenDeniedError)) throw error
      throw new AuthError(`the token of the ${method.kind} login at auth/${method.mount} may not look itself up`, {
        code: 'unusable-token',
        hint: 'give its role the policy default, or one with read on auth/token/lookup-self',
        cause: error,
      })
    }
  }

  /** Once every sink has the new token, the old one is over after the grace. */
  async #handOn(token: Secret, superseded: Superseded | undefined): Promise<void> {
    const { signal } = this.#stop
    const handedOn = this.#handout.handOn(token, signal)
    await handedOn.tried
    void handedOn.done.then(() => superseded && this.#retire(superseded, signal))
  }

  async #retire({ token, connection }: Superseded, signal: AbortSignal): Promise<void> {
    const { clock, client, keepOld, emit, grace = usualGrace } = this.#settings
    await clock.sleep(grace, signal)
    connection.close?.()
    if (signal.aborted || keepOld || !token) return
    try {
      await new VaultTokenApi(client.withToken(token)).revokeSelf({ signal })
      emit({ kind: 'superseded-revoked' })
    } catch (error) {
      const isGone = error instanceof TokenDeniedError
      if (!isGone && !isAborted(signal)) emit({ kind: 'superseded-not-revoked', error })
    }
  }
}

interface Superseded {
  /** Undefined: none, or not ours. */
  readonly token: Secret | undefined
  readonly connection: VaultConnection
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
