import { once } from 'node:events'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import { askVault } from './ask-vault.ts'
import type { RecordedRequest } from './fake-vault/exchange.ts'
import { FaultPlan } from './fake-vault/fault-plan.ts'
import type { Reply } from './fake-vault/reply.ts'

export interface RelayOptions {
  /** Where the server is to be found behind the relay, such as `/one`; anything else is a page of the relay's own. */
  readonly prefix?: string
}

/** Stands before a server as a proxy does, so that what goes wrong on the way goes wrong before a real one too. */
export class Relay {
  readonly faults = new FaultPlan()
  readonly #listener: http.Server
  #port = 0

  private constructor(
    private readonly target: string,
    private readonly prefix: string,
  ) {
    this.#listener = http.createServer((incoming, response) => void this.#handle(incoming, response))
  }

  /** On a free port of 127.0.0.1. */
  static async start(target: string, { prefix = '' }: RelayOptions = {}): Promise<Relay> {
    const relay = new Relay(target, prefix)
    await relay.reopen()
    return relay
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}${this.prefix}`
  }

  /** Refuses connections, as a host does on which nothing listens; those that are open end. */
  async close(): Promise<void> {
    if (!this.#listener.listening) return
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    this.#listener.closeAllConnections()
    await closed
  }

  /** Listens, after `close` at the address that it had. */
  async reopen(): Promise<void> {
    if (this.#listener.listening) return
    this.#listener.listen(this.#port, '127.0.0.1')
    await once(this.#listener, 'listening')
    this.#port = (this.#listener.address() as AddressInfo).port
  }

  stop(): Promise<void> {
    return this.close()
  }

  async #handle(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const send = (reply: Reply) => void response.writeHead(reply.status, reply.headers).end(reply.body)
    if (!incoming.url?.startsWith(`${this.prefix}/v1/`)) return send(notFound)
    const request = record(incoming, incoming.url.slice(this.prefix.length), body)
    const answer = () => this.#ask(request, body)
    const fault = this.faults.take(request)
    try {
      await (fault ? fault({ request, response, answer, send }) : send(await answer()))
    } catch {
      send(badGateway)
    }
  }

  async #ask({ method, url, headers }: RecordedRequest, body: Buffer): Promise<Reply> {
    const onward = Object.entries(headers).filter(([name]) => !hopByHop.has(name))
    const question = { method, path: url, headers: Object.fromEntries(onward) as Record<string, string> }
    const reply = await askVault(this.target, body.length === 0 ? question : { ...question, body })
    const kept = Object.entries(reply.headers).filter(([name]) => !hopByHop.has(name))
    return { status: reply.status, headers: Object.fromEntries(kept) as Record<string, string>, body: reply.text }
  }
}

/** What belongs to one connection, or that the next message has its own of. */
const hopByHop = new Set(['connection', 'host', 'content-length', 'transfer-encoding', 'accept-encoding', 'keep-alive'])

function record(incoming: http.IncomingMessage, url: string, body: Buffer): RecordedRequest {
  return {
    method: incoming.method ?? '',
    path: decodeURIComponent(url.replace(/^\/v1\//, '').replace(/\?.*$/, '')),
    url,
    headers: incoming.headers,
    body: body.toString(),
    json: undefined,
    receivedAt: new Date(),
    clientCertificate: undefined,
  }
}

function page(status: number, text: string): Reply {
  return { status, headers: { 'Content-Type': 'text/html' }, body: `<html><body><h1>${text}</h1></body></html>\n` }
}

const notFound = page(404, 'Not Found')
const badGateway = page(502, 'Bad Gateway')
