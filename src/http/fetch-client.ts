import type { Clock } from '../core/clock.ts'
import { ConfigError, CertctlError } from '../core/errors.ts'
import type { LogFields, Logger } from '../core/log.ts'
import type { HttpConnection } from './connection.ts'
import { withDeadline } from './deadline.ts'
import type { HttpReply, HttpRequest, PooledHttpClient } from './http-client.ts'
import { withRetries } from './retry.ts'
import type { Sender } from './sender.ts'
import { targetUrl } from './target-url.ts'

/** The client for one server, over node-fetch. Nothing of the network is loaded before the first request. */
export function createHttpClient(connection: HttpConnection, clock: Clock, logger?: Logger): PooledHttpClient {
  return new FetchClient(connection, clock, logger)
}

class FetchClient implements PooledHttpClient {
  readonly #connection: HttpConnection
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  #sender: Sender | undefined

  constructor(connection: HttpConnection, clock: Clock, logger: Logger | undefined) {
    this.#connection = connection
    this.#clock = clock
    this.#logger = logger
  }

  async send(request: HttpRequest): Promise<HttpReply> {
    const { maxRetries } = this.#connection
    return withRetries(request, { maxRetries, clock: this.#clock }, () => this.#attempt(request))
  }

  close(): void {
    this.#sender?.close()
  }

  async #attempt(request: HttpRequest): Promise<HttpReply> {
    const started = this.#clock.monotonic()
    const elapsed = () => this.#clock.monotonic().minus(started)
    const url = targetUrl(this.#connection.address, request.path)
    const message = { method: request.method, headers: requestHeaders(request), body: requestBody(request) }
    try {
      const timeout = request.timeout ?? this.#connection.timeout
      let isSent = false
      const onSent = () => void (isSent = true)
      const answer = await withDeadline(
        timeout,
        request.signal,
        async (signal) => (await this.#open()).send(message, url, signal, onSent),
        () => isSent && request.repeat === 'unsent',
      )
      const reply = { ...answer, elapsed: elapsed() }
      this.#log(request, url, { status: reply.status, elapsedMs: Math.round(reply.elapsed.milliseconds) })
      return reply
    } catch (error) {
      const failure = error instanceof CertctlError ? error.code : request.signal?.aborted ? 'aborted' : 'unexpected'
      this.#log(request, url, { failure, elapsedMs: Math.round(elapsed().milliseconds) })
      throw error
    }
  }

  async #open(): Promise<Sender> {
    if (this.#sender) return this.#sender
    const { Sender } = await import('./sender.ts')
    return (this.#sender ??= new Sender(this.#connection))
  }

  #log(request: HttpRequest, url: URL, fields: LogFields): void {
    this.#logger?.log('debug', 'http request', { method: request.method, path: url.pathname, ...fields })
  }
}

function requestBody(request: HttpRequest): string | undefined {
  if (request.text) return request.text.content
  return request.body === undefined ? undefined : JSON.stringify(request.body)
}

/** RFC 9110 section 5.5, without the line breaks that would start another header. */
const sendable = /^[\t\u0020-\u007e\u0080-\u00ff]*$/

function requestHeaders(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'certctl' }
  if (request.body !== undefined) headers['content-type'] = 'application/json'
  if (request.text) headers['content-type'] = request.text.type
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (!sendable.test(value)) throw unsendable(name)
    headers[name.toLowerCase()] = value
  }
  return headers
}

function unsendable(header: string): ConfigError {
  const hint = 'look for line breaks and characters outside of ASCII in the token and the namespace'
  return new ConfigError(`the value for the header ${header} holds a character that cannot be sent`, { hint })
}
