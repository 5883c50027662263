import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Reply } from './reply.ts'

/** What the listener has received, kept for assertions. */
export interface RecordedRequest {
  readonly method: string
  /** What follows `/v1/`, decoded, without the query. */
  readonly path: string
  /** As it stood in the request line. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Undefined when the body is empty or no JSON. */
  readonly json: unknown
  readonly receivedAt: Date
  /** The subject of the client's certificate, where one was asked for and given. */
  readonly clientCertificate: string | undefined
}

/** One request on its way to an answer, as a fault sees it. */
export interface Exchange {
  readonly request: RecordedRequest
  readonly response: ServerResponse
  /** Lets the server do its work; the answer is not sent by that. */
  answer(): Promise<Reply>
  send(reply: Reply): void
}

/** Answers in place of the server, or spoils its answer. */
export type Fault = (exchange: Exchange) => void | Promise<void>
