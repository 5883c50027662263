import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../../src/core/clock.ts'
import { Duration } from '../../../src/core/duration.ts'
import type { LogFields, Logger, LogLevel } from '../../../src/core/log.ts'
import type { HttpConnection, TlsSettings } from '../../../src/http/connection.ts'
import { createHttpClient } from '../../../src/http/fetch-client.ts'
import {
  ConnectionError,
  type HttpClient,
  type HttpRequest,
  type PooledHttpClient,
} from '../../../src/http/http-client.ts'

/** Waits that are over at once, and remembered. */
export class PatientClock implements Clock {
  readonly waits: Duration[] = []
  #now = Duration.zero

  now(): Date {
    return this.#now.after(new Date('2026-03-01T12:00:00Z'))
  }

  monotonic(): Duration {
    return this.#now
  }

  sleep(duration: Duration): Promise<void> {
    this.waits.push(duration)
    this.#now = this.#now.plus(duration)
    return Promise.resolve()
  }
}

export class RememberingLogger implements Logger {
  readonly lines: { level: LogLevel; message: string; fields: LogFields }[] = []

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields })
  }
}

type Settings = Partial<Omit<HttpConnection, 'address' | 'tls'>> & { readonly tls?: Partial<TlsSettings> }

export function clientFor(
  address: string,
  settings: Settings = {},
  clock: Clock = new PatientClock(),
  logger?: Logger,
): PooledHttpClient {
  const client = createHttpClient(
    {
      address: new URL(address),
      timeout: Duration.ofSeconds(10),
      maxRetries: 0,
      allowedRedirectHosts: [],
      ...settings,
      tls: { skipVerify: false, ...settings.tls },
    },
    clock,
    logger,
  )
  onTestFinished(() => client.close())
  return client
}

export const lookup: HttpRequest = {
  method: 'GET',
  path: 'v1/auth/token/lookup-self',
  repeat: 'never',
  headers: { 'x-vault-token': 's.planted' },
}

/** The ConnectionError that the request ends with. */
export async function connectionErrorOf(
  client: HttpClient,
  request: Partial<HttpRequest> = {},
): Promise<ConnectionError> {
  const error: unknown = await client.send({ ...lookup, ...request }).catch((thrown: unknown) => thrown)
  if (error instanceof ConnectionError) return error
  throw new Error('no ConnectionError came', { cause: error })
}

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Listens on loopback until the test ends. */
export async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

type Respond = (response: ServerResponse, request: Received) => void

/** Remembers what it got and answers by the functions in turn, the last of them from then on. */
export function recording(...answers: readonly Respond[]): {
  readonly received: Received[]
  readonly listener: RequestListener
} {
  const received: Received[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() }
      const answer = answers[Math.min(received.length, answers.length - 1)]
      received.push(one)
      answer?.(response, one)
    })
  }
  return { received, listener }
}

export async function serve(
  ...answers: readonly Respond[]
): Promise<{ url: string; port: number; received: Received[] }> {
  const { received, listener } = recording(...answers)
  const port = await listen(http.createServer(listener))
  return { url: `http://127.0.0.1:${port}`, port, received }
}

/** A peer that says these bytes, whatever it is asked, and then does with the socket what it is told to. */
export async function serveBytes(
  bytes: string | Buffer,
  after: (socket: Socket) => void = () => undefined,
): Promise<string> {
  const server = net.createServer((socket) => {
    socket.once('data', () => socket.write(bytes, () => after(socket)))
  })
  return `http://127.0.0.1:${await listen(server)}`
}

export function status(
  code: number,
  headers: Record<string, string> = {},
  body = '{}',
): (response: ServerResponse) => void {
  return (response) => response.writeHead(code, headers).end(body)
}
