import type { HttpReply, HttpRequest, PooledHttpClient } from '../../src/http/http-client.ts'

export interface SentRequest {
  readonly method: string
  /** What follows `v1/`, without the query. */
  readonly path: string
  readonly body: unknown
  /** Of `performance.now()`, in milliseconds. */
  readonly at: number
  /** Undefined until there is a reply, and when none came. */
  status: number | undefined
}

/** Hands everything on to another client and keeps what was asked; a client's own repetitions don't show. */
export class RecordingClient implements PooledHttpClient {
  readonly sent: SentRequest[] = []

  constructor(private readonly client: PooledHttpClient) {}

  async send(request: HttpRequest): Promise<HttpReply> {
    const { method, body } = request
    const path = request.path.replace(/^v1\//, '').replace(/\?.*$/, '')
    const record: SentRequest = { method, path, body, at: performance.now(), status: undefined }
    this.sent.push(record)
    const reply = await this.client.send(request)
    record.status = reply.status
    return reply
  }

  sentTo(path: string | RegExp): readonly SentRequest[] {
    return this.sent.filter((one) => (typeof path === 'string' ? one.path === path : path.test(one.path)))
  }

  close(): void {
    this.client.close()
  }
}
