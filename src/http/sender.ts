import { Agents } from './agents.ts'
import type { HttpConnection } from './connection.ts'
import { exchange, type Answer, type Message } from './exchange.ts'
import { isRedirect, redirectTarget, secondRedirect } from './redirect.ts'
import { serverName } from './target-url.ts'

/** Sends messages, each over at most one redirect. */
export class Sender {
  readonly #connection: HttpConnection
  readonly #agents: Agents

  constructor(connection: HttpConnection) {
    this.#connection = connection
    this.#agents = new Agents(connection)
  }

  /**
   * The reply of the server, or of the one that it named. A failure on the way to the second is told as if the first
   * had got nothing: by redirecting it said that it did nothing.
   */
  async send(message: Message, url: URL, signal: AbortSignal, onSent?: () => void): Promise<Answer> {
    const first = await this.#exchange(message, url, signal, onSent)
    const target = redirectTarget(first, url, this.#connection.allowedRedirectHosts)
    if (target === undefined) return first
    const second = await this.#exchange(message, target, signal, onSent)
    if (isRedirect(second)) throw secondRedirect(target)
    return second
  }

  close(): void {
    this.#agents.close()
  }

  async #exchange(message: Message, url: URL, signal: AbortSignal, onSent?: () => void): Promise<Answer> {
    const route = await this.#agents.routeTo(url, signal)
    return exchange(message, url, serverName(this.#connection.address, url), route, { signal, onSent })
  }
}
