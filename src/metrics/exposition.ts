import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { systemErrorCode } from '../core/errors.ts'
import type { ListenAddress } from './listen-address.ts'
import { answerScrape, type Exposed } from './scrape-answer.ts'

export interface ExpositionOptions extends Exposed {
  readonly address: ListenAddress
  readonly clock: Clock
  /** Told once it answers, with the port it really has. */
  onListening?(address: ListenAddress): void
  /** Told when the address cannot be had, again only when the cause changes; it goes on trying, first after `retryIn`. */
  onUnavailable?(cause: Error, retryIn: Duration): void
  /** Keeps the process alive until it is closed; without it, open connections do not either. */
  readonly holdsProcess?: boolean
  /** The longest that one request, or a silent connection, may last; 5 s. */
  readonly requestTimeout?: Duration
}

export interface Exposition {
  /** Ends at once, cutting what is open; safe to call twice. A taken port is tried, and a timer held, until then. */
  close(): Promise<void>
}

const retry = { first: Duration.ofSeconds(1), longest: Duration.ofSeconds(60) }
const mostConnections = 32

// Node would look for slow requests every few seconds, and wake a process that nobody asks.
const unchecked = { headersTimeout: 0, requestTimeout: 0, connectionsCheckingInterval: 2 ** 31 - 1 }

/** Serves `/metrics`, `/healthz` and `/readyz`. Never throws: what goes wrong is told to `onUnavailable`. */
export function exposeMetrics(options: ExpositionOptions): Exposition {
  const server = scrapeServer(options, options)
  const stop = new AbortController()
  void listenSoonerOrLater(server, options, stop.signal)
  return {
    async close() {
      stop.abort()
      await endServer(server)
    },
  }
}

/** Ends at once, cutting what is open. */
export async function endServer(server: Server): Promise<void> {
  const closed = server.listening ? once(server, 'close') : undefined
  server.close()
  server.closeAllConnections()
  await closed
}

export type ServerLimits = Pick<ExpositionOptions, 'holdsProcess' | 'requestTimeout'>

/** A server that does not listen yet. Who hangs or asks for too much is cut off. */
export function scrapeServer(exposed: Exposed, options: ServerLimits = {}): Server {
  const timeout = (options.requestTimeout ?? Duration.ofSeconds(5)).milliseconds
  const server = createServer(unchecked, (request, response) => void respond(request, response, exposed))
  server.setTimeout(timeout)
  cutUnlessAsked(server, timeout)
  server.maxConnections = mostConnections
  // A failing accept (too many open files) is an error event, and without a listener it would end the program.
  server.on('error', () => undefined)
  if (options.holdsProcess !== true) server.unref().on('connection', (socket) => socket.unref())
  return server
}

/** In the place of Node's own limits: a connection has one request, which is whole before the time is over. */
function cutUnlessAsked(server: Server, timeout: number): void {
  const patience = new WeakMap<Socket, NodeJS.Timeout>()
  server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), timeout).unref()
    patience.set(socket, timer)
    socket.once('close', () => clearTimeout(timer))
  })
  server.on('request', ({ socket }: IncomingMessage) => clearTimeout(patience.get(socket)))
}

async function respond(request: IncomingMessage, response: ServerResponse, exposed: Exposed): Promise<void> {
  const { status, contentType, body } = await answerScrape(request, exposed)
  if (status === 405) response.setHeader('Allow', 'GET, HEAD')
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
  })
  response.end(body)
}

async function listenSoonerOrLater(server: Server, options: ExpositionOptions, signal: AbortSignal): Promise<void> {
  let toldCause: string | undefined
  for (let wait = retry.first; ; wait = Duration.min(wait.times(2), retry.longest)) {
    const outcome = await tryToListen(server, options.address, signal)
    if (outcome === 'stopped') return
    if (outcome === 'listening') {
      options.onListening?.({ host: options.address.host, port: boundPort(server) })
      return
    }
    const cause = systemErrorCode(outcome) ?? outcome.message
    if (cause !== toldCause) options.onUnavailable?.(outcome, wait)
    toldCause = cause
    await options.clock.sleep(wait, signal)
  }
}

async function tryToListen(
  server: Server,
  { host, port }: ListenAddress,
  signal: AbortSignal,
): Promise<'listening' | 'stopped' | Error> {
  if (signal.aborted) return 'stopped'
  try {
    const listening = once(server, 'listening', { signal })
    server.listen({ host, port })
    await listening
    return 'listening'
  } catch (error) {
    if (systemErrorCode(error) === 'ABORT_ERR') return 'stopped'
    return error instanceof Error ? error : new Error(String(error))
  }
}

function boundPort(server: Server): number {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}
