import type { LookupFunction } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { TestContext } from 'vitest'
import type { LifecycleEnd } from '../../src/connectors/lifecycle.ts'
import type { Duration } from '../../src/core/duration.ts'
import type { SentRequest } from './recording-client.ts'
import type { TokenOptions, VaultServer } from './vault-server.ts'
import { type Told, VaultSubject } from './vault-subject.ts'

type Kind = Told['kind']

export interface KeepOptions {
  readonly increment?: Duration
  /** Another than the server's own, such as a relay's. */
  readonly address?: string
  /** In the place of Node's own name look-up. */
  readonly lookup?: LookupFunction
  readonly warnBefore?: Duration
}

/** A token of a server that is kept alive on the real clock, and what happened; times are seconds since the start. */
export class KeptToken {
  readonly #subject: VaultSubject
  readonly #startedAt = performance.now()
  /** Undefined while the loop runs. */
  end: LifecycleEnd | undefined

  private constructor(
    readonly server: VaultServer,
    readonly token: string,
    options: KeepOptions,
  ) {
    this.#subject = new VaultSubject({ address: server.address, token, ...options })
  }

  /** Starts the loop for a new token, or for one that is there; it is stopped when the test has ended. */
  static async start(
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    server: VaultServer,
    token: TokenOptions | string,
    options: KeepOptions = {},
  ): Promise<KeptToken> {
    const text = typeof token === 'string' ? token : (await server.createToken(token)).token
    const kept = new KeptToken(server, text, options)
    const { connector, http } = kept.#subject
    onTestFinished(async () => {
      await connector.stop()
      http.close()
    })
    await connector.start()
    void connector.ended().then((end) => (kept.end = end))
    return kept
  }

  get told(): readonly Told[] {
    return this.#subject.told
  }

  get kinds(): readonly Kind[] {
    return this.told.map(({ kind }) => kind)
  }

  all<Wanted extends Kind>(kind: Wanted): readonly (Told & { readonly kind: Wanted })[] {
    return this.told.filter((event): event is Told & { readonly kind: Wanted } => event.kind === kind)
  }

  /** The paths asked for, without `auth/token/`. */
  get asked(): readonly string[] {
    return this.#subject.http.sent.map(({ path }) => path.replace('auth/token/', ''))
  }

  get http(): readonly SentRequest[] {
    return this.#subject.http.sent
  }

  get renewals(): readonly SentRequest[] {
    return this.#subject.http.sentTo('auth/token/renew-self')
  }

  secondsAt({ at }: { readonly at: number }): number {
    return (at - this.#startedAt) / 1000
  }

  renewNow(): void {
    this.#subject.connector.renewNow()
  }

  /** Waits for the event of that kind which is the `count`th of its kind; throws when it does not come. */
  async until<Wanted extends Kind>(
    kind: Wanted,
    { count = 1, within = 20 }: { readonly count?: number; readonly within?: number } = {},
  ): Promise<Told & { readonly kind: Wanted }> {
    await this.#waitFor(() => this.all(kind).length >= count, within, `"${kind}" number ${count}`)
    return this.all(kind)[count - 1]!
  }

  async untilEnd(within = 20): Promise<LifecycleEnd> {
    await this.#waitFor(() => this.end !== undefined, within, 'the end')
    return this.end!
  }

  /** Asks the server itself. */
  async isAlive(): Promise<boolean> {
    const { status } = await this.server.request('GET', 'auth/token/lookup-self', undefined, this.token)
    return status === 200
  }

  async #waitFor(isDone: () => boolean, within: number, what: string): Promise<void> {
    const end = performance.now() + within * 1000
    while (!isDone()) {
      if (performance.now() > end) throw new Error(`${what} did not come within ${within} s: ${this.kinds.join(', ')}`)
      await wait(10)
    }
  }
}
