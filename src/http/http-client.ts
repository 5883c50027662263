import { UnavailableError, type ErrorDetails } from '../core/errors.ts'
import type { Duration } from '../core/duration.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'LIST'
  /** Below the server's address, without a leading slash, such as `v1/sys/health`; may carry a query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, in the place of a JSON body. */
  readonly text?: { readonly type: string; readonly content: string }
  /**
   * What may be sent again: `safe` after any passing failure, `unsent` only when the server got nothing or said
   * that it did nothing (429, 503), `never` not at all.
   */
  readonly repeat: 'safe' | 'unsent' | 'never'
  /** A reply that passes for a failure by its status alone, and is none that a repetition would mend. */
  readonly isFinal?: (reply: HttpReply) => boolean
  /** For one attempt; the client's own when absent. */
  readonly timeout?: Duration | undefined
  /** With `unsent` it counts only until the request is sent: what the server may already do is waited for. */
  readonly signal?: AbortSignal | undefined
}

export interface HttpReply {
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  /** The whole body, decompressed, as UTF-8. */
  readonly text: string
  /** Round trip of the attempt that was answered. */
  readonly elapsed: Duration
}

export interface HttpClient {
  /**
   * Any status is a reply, 3xx that was not followed excepted. Throws ConnectionError, ProtocolError (a redirect
   * that is refused, a body over the cap) or, when `signal` is aborted, its reason.
   */
  send(request: HttpRequest): Promise<HttpReply>
}

/** Keeps connections for reuse; idle ones never hold the process. */
export interface PooledHttpClient extends HttpClient {
  /** Ends the connections that are open, requests under way included. */
  close(): void
}

/**
 * No whole reply came. `requestSent` is false only when it is certain that the server got no byte of the request,
 * in this try or an earlier one.
 */
export class ConnectionError extends UnavailableError {
  declare readonly code: ConnectionFailure

  constructor(
    message: string,
    readonly requestSent: boolean,
    details: ErrorDetails & { code: ConnectionFailure },
  ) {
    super(message, details)
  }

  /** The same failure, told as the last of several tries. */
  afterTries(tries: number, requestSent: boolean): ConnectionError {
    const { code, hint, cause, facts } = this
    return new ConnectionError(`${this.message} (${tries} tries)`, requestSent, { code, hint, cause, facts })
  }
}

export type ConnectionFailure =
  | 'connection-refused'
  | 'connection-reset'
  | 'unknown-host'
  | 'unreachable'
  | 'proxy-refused'
  | 'timeout'
  | 'tls-untrusted'
  | 'tls-name-mismatch'
  | 'tls-expired'
  | 'tls-failed'
  | 'reply-cut'
