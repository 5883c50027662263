import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Node calls this for each request, and it is what the agents of every library override. */
export interface RequestAgent extends Agent {
  addRequest(request: ClientRequest, options: object): void
}

/**
 * What became of one request on the wire. node-fetch keeps the cause of a failure, the state of the socket and a parse
 * error after the headers to itself; its request passes through the agent, where all three can be seen.
 */
export class WatchedRequest {
  /** The first error, as Node gave it. */
  error: Error | undefined
  status: number | undefined
  #reply: IncomingMessage | undefined
  #sent = false
  readonly #onSent: (() => void) | undefined

  constructor(onSent?: () => void) {
    this.#onSent = onSent
  }

  /** Bytes of the request may have left: the socket was connected and, for https, secured. */
  get sent(): boolean {
    return this.#sent
  }

  /** The same agent and its connections, seen by one request. */
  through(agent: RequestAgent): Agent {
    const addRequest = (request: ClientRequest, options: object) => {
      this.#follow(request)
      agent.addRequest(request, options)
    }
    return Object.create(agent, { addRequest: { value: addRequest } }) as Agent
  }

  /** The reply ended early, or went on after its end. */
  get isReplyCut(): boolean {
    return this.#reply?.complete === false || (this.#reply !== undefined && isParseError(this.error))
  }

  #follow(request: ClientRequest): void {
    request.on('error', (error) => {
      this.error ??= error
    })
    request.once('socket', (socket) => this.#followSocket(request, socket))
    request.once('response', (reply) => {
      this.#markSent()
      this.#reply = reply
      this.status = reply.statusCode
    })
  }

  #followSocket(request: ClientRequest, socket: Socket): void {
    if (request.reusedSocket) return this.#markSent()
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => this.#markSent())
  }

  #markSent(): void {
    this.#sent = true
    this.#onSent?.()
  }
}

/** llhttp's codes: what came is not HTTP. */
export function isParseError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_')
}
