import type { Duration } from '../../../core/duration.ts'
import { Secret } from '../../../core/secret.ts'
import type { VaultClient } from '../vault-client.ts'
import { wrappedReply } from './login-replies.ts'
import type { Sink } from './token-handout.ts'

/**
 * Puts into a sink, in the place of the token, what it can be unwrapped with once: the answer's `wrap_info` as JSON, which
 * is what Vault Agent's sinks with a `wrap_ttl` hold. The token itself stays here, to be renewed.
 */
export class WrappedSink implements Sink {
  readonly path: string
  readonly #sink: Sink
  readonly #client: VaultClient
  readonly #ttl: Duration
  #written: Secret | undefined

  constructor(sink: Sink, client: VaultClient, ttl: Duration) {
    this.path = sink.path
    this.#sink = sink
    this.#client = client
    this.#ttl = ttl
  }

  /** One wrapping token for each sink and token, as each can be used once. */
  async write(token: Secret): Promise<boolean> {
    if (this.#written?.equals(token)) return false
    await this.#sink.write(await this.#wrapped(token))
    this.#written = token
    return true
  }

  async #wrapped(token: Secret): Promise<Secret> {
    const { wrap_info: info } = await this.#client.withToken(token).call(
      {
        method: 'POST',
        path: 'sys/wrapping/wrap',
        body: { token: token.reveal() },
        wrapTtl: this.#ttl,
        purpose: 'other',
        object: 'the wrapping of the token',
        repeat: 'unsent',
      },
      wrappedReply,
    )
    return new Secret(JSON.stringify(info))
  }
}
