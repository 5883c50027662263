import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type SecureContextOptions, TLSSocket } from 'node:tls'
import type { Core } from './core.ts'
import type { RecordedRequest } from './exchange.ts'
import type { FaultPlan } from './fault-plan.ts'
import { formatReply, parseUnknownMethod } from './unknown-method.ts'
import type { Reply } from './reply.ts'

/** Where to listen; default is plain HTTP on a free port of 127.0.0.1. */
export type ListenOn =
  | { readonly kind: 'http'; readonly port?: number }
  | { readonly kind: 'unix'; readonly socketPath: string }
  | { readonly kind: 'https'; readonly tls: https.ServerOptions; readonly port?: number }

/** The HTTP side of the fake: receives, records, and writes what the core or a fault says. */
export class Listener {
  readonly requests: RecordedRequest[] = []
  readonly #server: http.Server

  constructor(
    private readonly on: ListenOn,
    private readonly core: Core,
    private readonly faults: FaultPlan,
    private readonly now: () => Date,
  ) {
    const handle = (request: http.IncomingMessage, response: http.ServerResponse) =>
      void this.#handle(request, response)
    this.#server = on.kind === 'https' ? https.createServer(on.tls, handle) : http.createServer(handle)
    // A client that hangs up, or that does not like the certificate, is no event here.
    this.#server.on('clientError', (error, socket) => void this.#handleUnparsed(error, socket))
  }

  /** Resolves with the address, without a trailing slash. */
  async start(): Promise<string> {
    const { on } = this
    const target = on.kind === 'unix' ? { path: on.socketPath } : { host: '127.0.0.1', port: on.port ?? 0 }
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(target, resolve)
    })
    if (on.kind === 'unix') return `unix://${on.socketPath}`
    return `${on.kind}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Another certificate, as after a restart: who is connected has to shake hands again. */
  presentCertificate(tls: SecureContextOptions): void {
    if (!(this.#server instanceof https.Server)) throw new Error('this listener does not speak TLS')
    this.#server.setSecureContext(tls)
    this.#server.closeAllConnections()
  }

  /** Ends open connections too, the silent ones among them. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async #handle(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    try {
      const body = await readAll(incoming)
      const url = new URL(incoming.url ?? '/', 'http://localhost')
      const request = this.#record(incoming, url, body)
      const send = (reply: Reply) => write(response, incoming, reply)
      const answer = () => this.core.answer({ ...coreRequest(incoming, url), body })
      const fault = this.faults.take(request)
      await (fault ? fault({ request, response, answer, send }) : send(await answer()))
    } catch (error) {
      if (response.destroyed || incoming.destroyed) return
      // A bug in the fake has to show.
      process.stderr.write(`fake vault: ${String((error as Error).stack)}\n`)
      response.writeHead(500).end(`bug in the fake: ${String(error)}`)
    }
  }

  /** Node's parser knows neither Vault's LIST nor invented methods; such requests have no body and no faults here. */
  async #handleUnparsed(error: Error, socket: Duplex): Promise<void> {
    const request = parseUnknownMethod(error)
    if (!request) return void socket.end(badRequest)
    const url = new URL(request.url, 'http://localhost')
    this.#record(request, url, Buffer.alloc(0))
    const reply = await this.core.answer({ ...coreRequest(request, url), body: Buffer.alloc(0) })
    socket.end(formatReply(reply))
  }

  #record(incoming: Incoming, url: URL, body: Buffer): RecordedRequest {
    const peer = incoming.socket instanceof TLSSocket ? incoming.socket.getPeerCertificate() : undefined
    const record = {
      method: incoming.method ?? '',
      path: decodeURIComponent(url.pathname).replace(/^\/v1\//, ''),
      url: incoming.url ?? '',
      headers: incoming.headers,
      body: body.toString(),
      json: parseJson(body),
      receivedAt: this.now(),
      clientCertificate: commonName(peer?.subject),
    }
    this.requests.push(record)
    return record
  }
}

/** What Go's server says to what is no HTTP, such as the start of a TLS handshake. */
const badRequest =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request'

type Incoming = Pick<http.IncomingMessage, 'method' | 'url' | 'headers'> & { readonly socket?: Socket }

function commonName(subject: { CN?: string | string[] } | undefined): string | undefined {
  const name = subject?.CN
  return Array.isArray(name) ? name.at(-1) : name
}

async function readAll(incoming: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function coreRequest({ method, headers }: Incoming, url: URL) {
  const token = headers['x-vault-token'] ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  return {
    method: method ?? '',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    token: Array.isArray(token) ? token[0] : token,
    wrapTtl: headers['x-vault-wrap-ttl']?.toString(),
    contentType: headers['content-type'] ?? '',
  }
}

function write(response: http.ServerResponse, { headers, method }: http.IncomingMessage, reply: Reply): void {
  const namespace = headers['x-vault-namespace']
  const length = reply.status === 204 ? {} : { 'Content-Length': Buffer.byteLength(reply.body) }
  response.writeHead(reply.status, {
    'Cache-Control': 'no-store',
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }),
    ...reply.headers,
    ...length,
  })
  response.end(method === 'HEAD' ? undefined : reply.body)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
