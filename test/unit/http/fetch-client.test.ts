import { mkdtempSync, rmSync } from 'node:fs'
import { pbkdf2 } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { ConfigError, ProtocolError } from '../../../src/core/errors.ts'
import {
  clientFor,
  connectionErrorOf,
  listen,
  lookup,
  PatientClock,
  recording,
  RememberingLogger,
  serve,
  serveBytes,
  status,
} from './fakes.ts'
import { closedPort } from '../../support/free-port.ts'

const mebibyte = 1024 * 1024

describe('a request', () => {
  it('carries method, path, query, headers and the body as JSON', async () => {
    const { url, received } = await serve(status(200))
    const client = clientFor(`${url}/prefix`)
    await client.send({
      method: 'PUT',
      path: 'v1/pki/sign/web?x=1',
      headers: { 'X-Vault-Request': 'true' },
      body: { common_name: 'grün' },
      repeat: 'never',
    })
    expect(received[0]).toMatchObject({
      method: 'PUT',
      url: '/prefix/v1/pki/sign/web?x=1',
      body: '{"common_name":"grün"}',
    })
    expect(received[0]?.headers).toMatchObject({
      'x-vault-request': 'true',
      'content-type': 'application/json',
      'user-agent': 'certctl',
      'content-length': '23',
    })
  })

  it('sends a text as it is, under the type that it has', async () => {
    const { url, received } = await serve(status(200))
    await clientFor(url).send({
      ...lookup,
      method: 'POST',
      text: { type: 'text/plain; version=0.0.4', content: 'a 1\n' },
    })
    expect(received[0]).toMatchObject({ body: 'a 1\n', headers: { 'content-type': 'text/plain; version=0.0.4' } })
  })

  it('without a body says nothing about a content type', async () => {
    const { url, received } = await serve(status(200))
    await clientFor(url).send(lookup)
    expect(received[0]?.headers).not.toHaveProperty('content-type')
  })

  it('may have the method LIST', async () => {
    let firstLine = ''
    const server = net.createServer((socket) => {
      socket.once('data', (bytes) => {
        firstLine = bytes.toString().split('\r\n')[0] ?? ''
        socket.end('HTTP/1.1 204 No Content\r\n\r\n')
      })
    })
    await clientFor(`http://127.0.0.1:${await listen(server)}`).send({
      ...lookup,
      method: 'LIST',
      path: 'v1/pki/certs',
    })
    expect(firstLine).toBe('LIST /v1/pki/certs HTTP/1.1')
  })

  it('with a line break in a header is a setting that is wrong, and is not sent', async () => {
    const { url, received } = await serve(status(200))
    const sending = clientFor(url).send({ ...lookup, headers: { 'X-Vault-Token': 's.planted\n' } })
    await expect(sending).rejects.toThrow(ConfigError)
    await expect(sending).rejects.not.toThrow('planted')
    expect(received).toHaveLength(0)
  })

  it('reuses the connection of the one before', async () => {
    const { listener } = recording(status(200))
    const server = http.createServer(listener)
    let connections = 0
    server.on('connection', () => (connections += 1))
    const client = clientFor(`http://127.0.0.1:${await listen(server)}`)
    await client.send(lookup)
    await client.send(lookup)
    expect(connections).toBe(1)
  })

  it('has a connection of its own that ends with it, where requests are seldom', async () => {
    const { listener } = recording(status(200))
    const server = http.createServer(listener)
    const closed: Promise<unknown>[] = []
    server.on('connection', (socket: net.Socket) => closed.push(once(socket, 'close')))
    const client = clientFor(`http://127.0.0.1:${await listen(server)}`, { asksSeldom: true })
    await client.send(lookup)
    await client.send(lookup)
    expect(closed).toHaveLength(2)
    await Promise.all(closed)
  })

  it('leaves nothing behind on a connection that many use, which Node would warn of', async () => {
    const { url } = await serve(status(200))
    const client = clientFor(url)
    const warnings: Error[] = []
    const remember = (warning: Error) => void warnings.push(warning)
    process.on('warning', remember)
    onTestFinished(() => void process.off('warning', remember))
    for (let count = 0; count < 15; count += 1) await client.send(lookup)
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toEqual([])
  })

  it('leaves no connection open once the client is closed', async () => {
    const { listener } = recording(status(200))
    const server = http.createServer(listener)
    const closed = new Promise<void>((resolve) =>
      server.on('connection', (socket: net.Socket) => socket.on('close', () => resolve())),
    )
    const client = clientFor(`http://127.0.0.1:${await listen(server)}`)
    await client.send(lookup)
    const closing = performance.now()
    client.close()
    await closed
    expect(performance.now() - closing).toBeLessThan(1000)
  })

  it('reaches a Unix socket as localhost', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'certctl-http-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const { received, listener } = recording(status(200))
    const server = http.createServer(listener)
    const path = join(directory, 'vault.sock')
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => void server.close())
    await clientFor(`unix://${path}`).send(lookup)
    expect(received[0]).toMatchObject({ url: '/v1/auth/token/lookup-self', headers: { host: 'localhost' } })
  })
})

describe('a reply', () => {
  it('has status, headers by lower-case name and text, whatever the status', async () => {
    const { url } = await serve(status(403, { 'X-Reason': 'policy' }, 'grün'))
    const reply = await clientFor(url).send(lookup)
    expect(reply).toMatchObject({ status: 403, text: 'grün' })
    expect(reply.headers.get('x-reason')).toBe('policy')
  })

  it('without a body has an empty text', async () => {
    const { url } = await serve((response) => response.writeHead(204).end())
    await expect(clientFor(url).send(lookup)).resolves.toMatchObject({ status: 204, text: '' })
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('in %s is decompressed', async (encoding, compress) => {
    const { url } = await serve((response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('{"data":1}')),
    )
    await expect(clientFor(url).send(lookup)).resolves.toMatchObject({ text: '{"data":1}' })
  })

  it('over the cap is a ProtocolError', async () => {
    const { url } = await serve((response) => response.end(Buffer.alloc(4 * mebibyte + 1, 'a')))
    const sending = clientFor(url).send(lookup)
    await expect(sending).rejects.toThrow(ProtocolError)
    await expect(sending).rejects.toMatchObject({ code: 'reply-too-large', facts: { status: 200 } })
  })

  it('that only decompression brings over the cap is one too', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * mebibyte))
    const { url } = await serve((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    await expect(clientFor(url).send(lookup)).rejects.toMatchObject({ code: 'reply-too-large' })
  })

  it('that never ends is stopped at the cap', async () => {
    const { url } = await serve((response) => {
      const fill = () => {
        while (response.write(Buffer.alloc(65_536, 'a')));
        response.once('drain', fill)
      }
      fill()
    })
    await expect(clientFor(url).send(lookup)).rejects.toMatchObject({ code: 'reply-too-large' })
  })

  it('in an unknown encoding, or in none where one was promised, is a ProtocolError', async () => {
    const { url } = await serve(
      status(200, { 'content-encoding': 'zstd' }),
      status(200, { 'content-encoding': 'gzip' }),
    )
    const client = clientFor(url)
    await expect(client.send(lookup)).rejects.toMatchObject({ code: 'reply-unreadable', exitCode: 6 })
    await expect(client.send(lookup)).rejects.toMatchObject({ code: 'reply-unreadable', exitCode: 6 })
  })

  const gzipped = gzipSync(JSON.stringify({ data: 'x'.repeat(100) }))
  const halfGzip = gzipped.subarray(0, gzipped.length / 2)
  const head = 'HTTP/1.1 200 OK\r\n'
  it.each([
    ['shorter than its Content-Length', `${head}Content-Length: 100\r\n\r\n{"half":`, true],
    ['longer than its Content-Length', `${head}Content-Length: 5\r\n\r\n{"data":{"id":1}}`, false],
    [
      'longer than its Content-Length on a connection that closes',
      `${head}Connection: close\r\nContent-Length: 5\r\n\r\n{"data":{}}`,
      true,
    ],
    ['without its last chunk', `${head}Transfer-Encoding: chunked\r\n\r\n8\r\n{"half":\r\n`, true],
    ['with a chunk that is none', `${head}Transfer-Encoding: chunked\r\n\r\n8\r\n{"half":\r\nzz\r\n`, false],
    [
      'compressed and cut',
      Buffer.concat([
        Buffer.from(`${head}Content-Encoding: gzip\r\nContent-Length: ${halfGzip.length}\r\n\r\n`),
        halfGzip,
      ]),
      false,
    ],
  ])('%s was cut', async (_, bytes, closes) => {
    const client = clientFor(
      await serveBytes(bytes, (socket) => {
        if (closes) socket.end()
      }),
    )
    const error = await connectionErrorOf(client)
    expect(error).toMatchObject({ code: 'reply-cut', requestSent: true, exitCode: 5, facts: { status: 200 } })
  })

  it('that is not HTTP is a ProtocolError', async () => {
    const client = clientFor(await serveBytes('SSH-2.0-OpenSSH_9.2\r\n'))
    await expect(client.send(lookup)).rejects.toMatchObject({ code: 'not-http', exitCode: 6 })
  })

  it('is not taken from a redirect to the end of its body', async () => {
    const { url, received } = await serve(
      status(307, { location: '/v1/there' }, 'x'.repeat(100_000)),
      status(200, {}, 'there'),
    )
    await expect(clientFor(url).send(lookup)).resolves.toMatchObject({ text: 'there' })
    expect(received).toHaveLength(2)
  })
})

describe('a redirect', () => {
  it('is followed with the same method, body and headers', async () => {
    const { url, received } = await serve(status(307, { location: '/v1/leader?x=1' }), status(200))
    await clientFor(url).send({ ...lookup, method: 'POST', body: { increment: '1h' } })
    expect(received[1]).toMatchObject({ method: 'POST', url: '/v1/leader?x=1', body: '{"increment":"1h"}' })
    expect(received[1]?.headers).toMatchObject({ 'x-vault-token': 's.planted', 'content-type': 'application/json' })
  })

  it('to another port does not take the token there', async () => {
    const other = await serve(status(200))
    const { url } = await serve(status(307, { location: `${other.url}/v1/x` }))
    const sending = clientFor(url, { maxRetries: 2 }).send({ ...lookup, repeat: 'safe' })
    await expect(sending).rejects.toMatchObject({ code: 'redirect-refused', exitCode: 6 })
    expect(other.received).toHaveLength(0)
  })

  it('to another port that is allowed takes the token there', async () => {
    const other = await serve(status(200, {}, 'leader'))
    const { url } = await serve(status(302, { location: `${other.url}/v1/x` }))
    const client = clientFor(url, { allowedRedirectHosts: [`127.0.0.1:${other.port}`] })
    await expect(client.send(lookup)).resolves.toMatchObject({ text: 'leader' })
    expect(other.received[0]?.headers['x-vault-token']).toBe('s.planted')
  })

  it('after a redirect is refused', async () => {
    const { url, received } = await serve(status(307, { location: '/v1/again' }))
    await expect(clientFor(url).send(lookup)).rejects.toMatchObject({ code: 'redirect-refused' })
    expect(received).toHaveLength(2)
  })
})

describe('a connection that fails', () => {
  it('because nobody listens sent nothing', async () => {
    const port = closedPort
    const error = await connectionErrorOf(clientFor(`http://127.0.0.1:${port}/prefix`))
    expect(error).toMatchObject({ code: 'connection-refused', requestSent: false, exitCode: 5 })
    expect(error.message).toBe(`http://127.0.0.1:${port} did not answer: connection refused`)
    expect(error.hint).toContain('--address')
  })

  it('because both addresses of a name refuse has a cause in its message', async () => {
    const port = closedPort
    const error = await connectionErrorOf(clientFor(`http://localhost:${port}`))
    expect(error).toMatchObject({ code: 'connection-refused', requestSent: false })
    expect(error.message).toContain('connection refused')
  })

  it('because there is no such host sent nothing', async () => {
    const error = await connectionErrorOf(clientFor('http://vault.invalid:8200'))
    expect(error).toMatchObject({ code: 'unknown-host', requestSent: false })
  })

  it('because there is no such socket sent nothing', async () => {
    const error = await connectionErrorOf(clientFor('unix:///nowhere/vault.sock'))
    expect(error).toMatchObject({ code: 'connection-refused', requestSent: false })
    expect(error.message).toBe('unix:///nowhere/vault.sock did not answer: there is no such socket')
  })

  it('because the peer hung up without an answer may have sent it', async () => {
    const { url } = await serve((response) => response.destroy())
    await expect(connectionErrorOf(clientFor(url))).resolves.toMatchObject({
      code: 'connection-reset',
      requestSent: true,
    })
  })

  it('because the peer hung up on a connection that was reused may have sent it', async () => {
    const { url, received } = await serve(status(200), (response) => response.destroy())
    const client = clientFor(url)
    await client.send(lookup)
    await expect(connectionErrorOf(client)).resolves.toMatchObject({ code: 'connection-reset', requestSent: true })
    expect(received).toHaveLength(2)
  })
})

describe('the deadline', () => {
  const timeout = Duration.ofMilliseconds(60)

  it('ends the wait for an answer; the request was sent', async () => {
    const { url } = await serve(() => undefined)
    const error = await connectionErrorOf(clientFor(url, { timeout }))
    expect(error).toMatchObject({ code: 'timeout', requestSent: true })
    expect(error.message).toBe(`${url} did not answer: no answer within 60ms`)
  })

  it('of the request goes before that of the connection', async () => {
    const { url } = await serve(() => undefined)
    await expect(connectionErrorOf(clientFor(url), { timeout })).resolves.toMatchObject({ code: 'timeout' })
  })

  it('covers the body, and the status is told', async () => {
    const { url } = await serve((response) => void response.writeHead(200).write('{"half":'))
    const error = await connectionErrorOf(clientFor(url, { timeout }))
    expect(error).toMatchObject({ code: 'timeout', requestSent: true, facts: { status: 200 } })
  })

  it('covers a body that trickles', async () => {
    const { url } = await serve((response) => {
      response.writeHead(200)
      const trickle = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(trickle))
    })
    await expect(connectionErrorOf(clientFor(url, { timeout }))).resolves.toMatchObject({ code: 'timeout' })
  })

  it('before TLS is secured leaves the request unsent', async () => {
    const port = await listen(net.createServer())
    const error = await connectionErrorOf(clientFor(`https://127.0.0.1:${port}`, { timeout }))
    expect(error).toMatchObject({ code: 'timeout', requestSent: false })
    expect(error.message).toContain('no connection within')
  })
})

/** Name look-ups wait for a thread of the pool, which has four. */
async function occupyThreadPool(): Promise<void> {
  const work = promisify(pbkdf2)
  await Promise.all(Array.from({ length: 4 }, () => work('password', 'salt', 200_000, 64, 'sha512')))
}

describe('abort', () => {
  const reason = new Error('stop asked for')

  async function timeToAbort(url: string, afterMs: number, request = {}): Promise<{ thrown: unknown; ms: number }> {
    const controller = new AbortController()
    const sending = clientFor(url, { maxRetries: 5 }).send({ ...lookup, ...request, signal: controller.signal })
    let aborted = 0
    setTimeout(() => {
      aborted = performance.now()
      controller.abort(reason)
    }, afterMs)
    const thrown: unknown = await sending.catch((error: unknown) => error)
    return { thrown, ms: performance.now() - aborted }
  }

  it('before the start sends nothing', async () => {
    const { url, received } = await serve(status(200))
    await expect(clientFor(url).send({ ...lookup, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(received).toHaveLength(0)
  })

  it('while waiting for the answer rejects at once with its reason', async () => {
    const { url } = await serve(() => undefined)
    const { thrown, ms } = await timeToAbort(url, 40)
    expect(thrown).toBe(reason)
    expect(ms).toBeLessThan(50)
  })

  it('in the middle of the body rejects at once with its reason', async () => {
    const { url } = await serve((response) => void response.writeHead(200).write('{"half":'))
    const { thrown, ms } = await timeToAbort(url, 40)
    expect(thrown).toBe(reason)
    expect(ms).toBeLessThan(50)
  })

  it('during a name look-up rejects at once with its reason', async () => {
    const busy = occupyThreadPool()
    const { thrown, ms } = await timeToAbort('http://vault.invalid:8200', 30)
    expect(thrown).toBe(reason)
    expect(ms).toBeLessThan(50)
    await busy
  })

  it('during a TLS handshake rejects at once with its reason', async () => {
    const port = await listen(net.createServer())
    const { thrown, ms } = await timeToAbort(`https://127.0.0.1:${port}`, 40)
    expect(thrown).toBe(reason)
    expect(ms).toBeLessThan(50)
  })

  it('with a reason that is no Error rejects with just that', async () => {
    const { url } = await serve(() => undefined)
    const controller = new AbortController()
    const sending = clientFor(url).send({ ...lookup, signal: controller.signal })
    setTimeout(() => controller.abort('SIGTERM'), 20)
    await expect(sending).rejects.toBe('SIGTERM')
  })
})

describe('the log', () => {
  it('has one debug line an attempt, with neither query nor header nor body', async () => {
    const { url } = await serve(status(500, {}, 'planted-body'), status(200))
    const logger = new RememberingLogger()
    const client = clientFor(url, { maxRetries: 1 }, new PatientClock(), logger)
    await client.send({ ...lookup, path: 'v1/x?planted-query', repeat: 'safe' })
    expect(logger.lines).toMatchObject([
      { level: 'debug', fields: { method: 'GET', path: '/v1/x', status: 500 } },
      { level: 'debug', fields: { method: 'GET', path: '/v1/x', status: 200 } },
    ])
    expect(JSON.stringify(logger.lines)).not.toContain('planted')
  })

  it('names the failure of an attempt without a reply', async () => {
    const logger = new RememberingLogger()
    const client = clientFor(`http://127.0.0.1:${closedPort}`, {}, new PatientClock(), logger)
    await connectionErrorOf(client)
    expect(logger.lines).toMatchObject([{ fields: { failure: 'connection-refused' } }])
  })
})
