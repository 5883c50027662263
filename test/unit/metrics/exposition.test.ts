import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/core/clock.ts'
import { Duration } from '../../../src/core/duration.ts'
import { exposeMetrics, type Exposition, type ExpositionOptions } from '../../../src/metrics/exposition.ts'
import type { ListenAddress } from '../../../src/metrics/listen-address.ts'
import { PrometheusMetrics } from '../../../src/metrics/prometheus.ts'

/** Sleeps last until the test ends them, or the signal does. */
class HeldClock implements Clock {
  readonly slept: number[] = []
  #wake: () => void = () => undefined

  now = () => new Date(0)
  monotonic = () => Duration.zero

  sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    this.slept.push(duration.seconds)
    return new Promise((resolve) => {
      this.#wake = resolve
      signal?.addEventListener('abort', () => resolve())
    })
  }

  async wakeAfter(sleeps: number): Promise<void> {
    await expect.poll(() => this.slept.length, { interval: 2 }).toBe(sleeps)
    this.#wake()
  }
}

const loopback: ListenAddress = { host: '127.0.0.1', port: 0 }
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function expose(options: Partial<ExpositionOptions>): Exposition {
  const exposition = exposeMetrics({
    address: loopback,
    metrics: new PrometheusMetrics({ families: 'token' }),
    health: () => ({ ok: true }),
    ready: () => ({ ok: true }),
    clock: new HeldClock(),
    ...options,
  })
  open.push(exposition)
  return exposition
}

async function exposeAndWait(
  options: Partial<ExpositionOptions> = {},
): Promise<{ port: number; exposition: Exposition }> {
  let exposition: Exposition | undefined
  const { port } = await new Promise<ListenAddress>((resolve) => {
    exposition = expose({ ...options, onListening: resolve })
  })
  return { port, exposition: exposition! }
}

interface Reply {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
}

async function ask(port: number, path: string, options: RequestOptions = {}): Promise<Reply> {
  const request = httpRequest({ host: '127.0.0.1', port, path, agent: false, ...options }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, headers: response.headers, body }
}

async function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  open.push({ close: () => socket.destroy() })
  return socket
}

async function takenPort(): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const release = async () => {
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  open.push({ close: release })
  return { port: (server.address() as AddressInfo).port, release }
}

describe('what the listener answers', () => {
  it('gives the series on /metrics, also with a query', async () => {
    const { port } = await exposeAndWait()
    const reply = await ask(port, '/metrics?name=x')
    expect(reply.status).toBe(200)
    expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(reply.body).toContain('certctl_vault_token_renewals_total{result="success"} 0\n')
  })

  it('gives OpenMetrics to who asks for it', async () => {
    const { port } = await exposeAndWait()
    const reply = await ask(port, '/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0' } })
    expect(reply.headers['content-type']).toContain('application/openmetrics-text')
    expect(reply.body).toMatch(/# EOF\n$/)
  })

  it('says 200 on /healthz and 503 on /readyz when the loop lives but the token is dead', async () => {
    const { port } = await exposeAndWait({ ready: () => ({ ok: false, reason: 'expired', expiresAt: null }) })
    const healthy = await ask(port, '/healthz')
    const ready = await ask(port, '/readyz')
    expect([healthy.status, JSON.parse(healthy.body)]).toEqual([200, { ok: true }])
    expect([ready.status, JSON.parse(ready.body)]).toEqual([503, { ok: false, reason: 'expired', expiresAt: null }])
    expect(ready.headers['content-type']).toBe('application/json')
  })

  it('answers HEAD with the headers alone', async () => {
    const { port } = await exposeAndWait()
    const reply = await ask(port, '/metrics', { method: 'HEAD' })
    expect(reply.status).toBe(200)
    expect(Number(reply.headers['content-length'])).toBeGreaterThan(100)
    expect(reply.body).toBe('')
  })

  it('has a status page only where there is more to tell than the others do', async () => {
    const { port } = await exposeAndWait({ status: () => ({ ok: true, pid: 7 }) })
    expect(JSON.parse((await ask(port, '/status')).body)).toEqual({ ok: true, pid: 7 })
    const { port: other } = await exposeAndWait()
    expect((await ask(other, '/status')).status).toBe(404)
  })

  it.each(['/', '/metrics/', '/constructor', '/__proto__'])('knows no page %s', async (path) => {
    const { port } = await exposeAndWait()
    expect((await ask(port, path)).status).toBe(404)
  })

  it('refuses other methods and names those it takes', async () => {
    const { port } = await exposeAndWait()
    const reply = await ask(port, '/metrics', { method: 'POST' })
    expect(reply.status).toBe(405)
    expect(reply.headers.allow).toBe('GET, HEAD')
  })

  it('answers 500 without detail when the series cannot be made, and lives on', async () => {
    const { port } = await exposeAndWait({ metrics: { text: () => Promise.reject(new Error('inner detail')) } })
    const reply = await ask(port, '/metrics')
    expect(reply.status).toBe(500)
    expect(reply.body).not.toContain('inner detail')
    expect((await ask(port, '/healthz')).status).toBe(200)
  })

  it('survives a request that is no HTTP', async () => {
    const { port } = await exposeAndWait()
    const socket = await connectTo(port)
    socket.end('\u0016\u0003\u0001 no such thing\r\n\r\n')
    await once(socket.resume(), 'close')
    expect((await ask(port, '/healthz')).status).toBe(200)
  })
})

describe('a port that is taken', () => {
  it('is told once, tried again with growing waits, and had when it is free', async () => {
    const { port, release } = await takenPort()
    const clock = new HeldClock()
    const told: unknown[] = []
    const listening = new Promise<ListenAddress>((resolve) => {
      expose({
        address: { host: '127.0.0.1', port },
        clock,
        onUnavailable: (cause, retryIn) => told.push([cause.message, retryIn.seconds]),
        onListening: resolve,
      })
    })
    for (let sleeps = 1; sleeps <= 8; sleeps += 1) await clock.wakeAfter(sleeps)
    await expect.poll(() => clock.slept.length, { interval: 2 }).toBe(9)
    await release()
    await clock.wakeAfter(9)
    expect(await listening).toEqual({ host: '127.0.0.1', port })
    expect(clock.slept).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(told).toEqual([[expect.stringContaining('EADDRINUSE'), 1]])
    expect((await ask(port, '/healthz')).status).toBe(200)
  })

  it('is no longer tried once closed', async () => {
    const { port, release } = await takenPort()
    const clock = new HeldClock()
    const exposition = expose({ address: { host: '127.0.0.1', port }, clock })
    await expect.poll(() => clock.slept.length, { interval: 2 }).toBe(1)
    await exposition.close()
    await release()
    await new Promise(setImmediate)
    await expect(ask(port, '/healthz')).rejects.toThrow('ECONNREFUSED')
    expect(clock.slept).toHaveLength(1)
  })
})

describe('closing', () => {
  it('cuts silent, half-sent and unread connections at once, and may be done twice', async () => {
    const pending = new Promise<never>(() => undefined)
    const { port, exposition } = await exposeAndWait({ metrics: { text: () => pending } })
    const sockets = [await connectTo(port), await connectTo(port), await connectTo(port)]
    sockets[1]!.write('GET /metrics HTTP/1.1\r\nHost:')
    sockets[2]!.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')
    await ask(port, '/healthz')
    const cut = Promise.all(sockets.map((socket) => once(socket.resume(), 'close')))
    const start = performance.now()
    await exposition.close()
    expect(performance.now() - start).toBeLessThan(100)
    await cut
    await exposition.close()
    await expect(ask(port, '/healthz')).rejects.toThrow('ECONNREFUSED')
  })

  it('during the look-up of the host keeps it from listening when the look-up ends', async () => {
    const { port, release } = await takenPort()
    await release()
    const exposition = expose({ address: { host: 'localhost', port } })
    await exposition.close()
    await lookup('localhost')
    await new Promise(setImmediate)
    await expect(ask(port, '/healthz', { host: 'localhost' })).rejects.toThrow()
  })
})

describe('a client that hangs', () => {
  const limit = Duration.ofMilliseconds(40)

  it.each(['', 'GET /metrics HTTP/1.1\r\nHost:'])(
    'is cut after the time for one request, having sent %j',
    async (sent) => {
      const { port } = await exposeAndWait({ requestTimeout: limit })
      const socket = await connectTo(port)
      socket.write(sent)
      await once(socket.resume(), 'close')
      expect((await ask(port, '/healthz')).status).toBe(200)
    },
  )

  it('is cut when it sends its headers in drops', async () => {
    const { port } = await exposeAndWait({ requestTimeout: limit })
    const socket = await connectTo(port)
    socket.write('GET /metrics HTTP/1.1\r\n')
    const drops = setInterval(() => socket.write('a: b\r\n'), 5)
    // A drop that crosses the end is answered with a reset.
    const cut = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve))
    socket.resume()
    await cut
    clearInterval(drops)
    expect((await ask(port, '/healthz')).status).toBe(200)
  })

  it('is cut while its answer is not ready', async () => {
    const pending = new Promise<never>(() => undefined)
    const { port } = await exposeAndWait({ requestTimeout: limit, metrics: { text: () => pending } })
    await expect(ask(port, '/metrics')).rejects.toThrow('socket hang up')
    expect((await ask(port, '/healthz')).status).toBe(200)
  })
})
