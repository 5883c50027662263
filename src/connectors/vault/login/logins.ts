import type { Clock } from '../../../core/clock.ts'
import { Duration } from '../../../core/duration.ts'
import type { Secret } from '../../../core/secret.ts'
import type { TokenFacts } from '../token-api.ts'
import { VaultClient, type VaultConnection } from '../vault-client.ts'
import { VaultTokenApi } from '../vault-token-api.ts'
import { logIn } from './log-in.ts'
import type { LoginEvent } from './login-event.ts'
import type { LoginMethod } from './login-method.ts'

/** Where other programs find the token. */
export interface Sink {
  readonly path: string
  /** False when it was there already. */
  write(token: Secret): Promise<boolean>
}

export interface LoginsSettings {
  readonly method: LoginMethod
  /** The client whose token is replaced. */
  readonly client: VaultClient
  /** Reads TLS files and settings afresh; its token does not matter. */
  readonly reconnect: () => Promise<VaultConnection>
  readonly sinks: readonly Sink[]
  /** Leaves superseded tokens as they are. */
  readonly keepOld: boolean
  readonly clock: Clock
  readonly emit: (event: LoginEvent) => void
}

/** Readers that took the old token from a sink just before finish what they do with it. */
const grace = Duration.ofSeconds(30)

/** Gets new tokens by one login method and hands them on; nobody sees one before its own look-up has proven it. */
export class Logins {
  readonly #settings: LoginsSettings
  /** Only what was got here is ours to revoke. */
  #own: readonly Secret[] = []
  readonly #stop = new AbortController()

  constructor(settings: LoginsSettings) {
    this.#settings = settings
  }

  /** Throws what the login, the look-up and reading the credentials throw; the token so far then goes on. */
  async takeNewToken(signal?: AbortSignal): Promise<TokenFacts> {
    const { method, client, reconnect, clock, emit } = this.#settings
    const connection = await reconnect()
    const { token } = await logIn(new VaultClient(connection, clock), method, signal)
    const renewed = { ...connection, token }
    const facts = await new VaultTokenApi(new VaultClient(renewed, clock)).lookupSelf({ repeat: false, signal })
    const superseded = this.#own
    client.use(renewed)
    this.#own = [token]
    emit({
      kind: 'logged-in',
      method: method.kind,
      accessor: facts.accessor,
      ttl: facts.ttl,
      expiresAt: facts.expiresAt,
    })
    await this.handOn(token)
    if (!this.#settings.keepOld) void this.#revokeLater(superseded)
    return facts
  }

  /** A sink that can't be written does not keep the others from their token. */
  async handOn(token: Secret): Promise<void> {
    const { sinks, emit } = this.#settings
    for (const sink of sinks) {
      try {
        if (await sink.write(token)) emit({ kind: 'sink-written', path: sink.path })
      } catch (error) {
        emit({ kind: 'sink-failed', path: sink.path, error })
      }
    }
  }

  /** What waits to be revoked is then left to its TTL. */
  stop(): void {
    this.#stop.abort()
  }

  async #revokeLater(superseded: readonly Secret[]): Promise<void> {
    const { clock, emit, reconnect } = this.#settings
    for (const token of superseded) {
      await clock.sleep(grace, this.#stop.signal)
      if (this.#stop.signal.aborted) return
      try {
        const client = new VaultClient({ ...(await reconnect()), token }, clock)
        await new VaultTokenApi(client).revokeSelf({ signal: this.#stop.signal, repeat: false })
        emit({ kind: 'superseded-revoked' })
      } catch (error) {
        if (!this.#stop.signal.aborted) emit({ kind: 'superseded-not-revoked', error })
      }
    }
  }
}
