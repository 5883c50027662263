import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { ConfigError } from '../../../src/core/errors.ts'
import { TestAuthority, type Identity } from './certificates.ts'
import { clientFor, connectionErrorOf, listen, lookup, recording, serve, status, type Received } from './fakes.ts'
import { closedPort } from '../../support/free-port.ts'

let authority: TestAuthority
let identity: Identity

beforeAll(async () => {
  authority = await TestAuthority.create()
  identity = await authority.issue({ sans: [{ type: 'dns', value: 'vault.example' }] })
})

const credentials = `Basic ${Buffer.from('user:xyzzy 7').toString('base64')}`

interface Tunnel {
  readonly url: URL
  readonly connects: { readonly target: string; readonly authorization: string | undefined }[]
}

/** A proxy that leads every CONNECT to this port, or answers with this status line. */
async function serveTunnel(answer: number | string): Promise<Tunnel> {
  const connects: Tunnel['connects'] = []
  const server = http.createServer()
  server.on('connect', (request: IncomingMessage, socket: net.Socket) => {
    connects.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (typeof answer === 'string') {
      socket.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const upstream = net.connect(answer, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  return { url: new URL(`http://user:xyzzy%207@127.0.0.1:${await listen(server)}`), connects }
}

async function serveVault(): Promise<{ port: number; received: Received[] }> {
  const { received, listener } = recording(status(200, {}, 'through'))
  return { port: await listen(https.createServer(identity, listener)), received }
}

const address = 'https://vault.example:8200'

describe('https through a proxy', () => {
  it('is a tunnel to the server by its name, which the CA vouches for', async () => {
    const vault = await serveVault()
    const tunnel = await serveTunnel(vault.port)
    const client = clientFor(address, { tls: { ca: [authority.pem] }, proxyFor: () => tunnel.url })
    await expect(client.send(lookup)).resolves.toMatchObject({ text: 'through' })
    expect(tunnel.connects).toEqual([{ target: 'vault.example:8200', authorization: credentials }])
    expect(vault.received[0]?.headers['x-vault-token']).toBe('s.planted')
    expect(vault.received[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  it('trusts the server no more than without', async () => {
    const vault = await serveVault()
    const tunnel = await serveTunnel(vault.port)
    const error = await connectionErrorOf(clientFor(address, { proxyFor: () => tunnel.url }))
    expect(error).toMatchObject({ code: 'tls-untrusted', requestSent: false })
    expect(vault.received).toHaveLength(0)
  })

  it('that refuses is no reply of the server, and its password is not shown', async () => {
    const tunnel = await serveTunnel('407 Proxy Authentication Required')
    const error = await connectionErrorOf(clientFor(address, { proxyFor: () => tunnel.url, maxRetries: 2 }), {
      repeat: 'safe',
    })
    expect(error).toMatchObject({ code: 'proxy-refused', requestSent: false })
    expect(error.message).toContain(`http://${tunnel.url.host}`)
    expect(JSON.stringify([error, error.message, error.cause, error.stack])).not.toMatch(/xyzzy/)
    expect(tunnel.connects).toHaveLength(1)
  })

  it('that cannot reach the server may be tried again', async () => {
    const tunnel = await serveTunnel('502 Bad Gateway')
    const error = await connectionErrorOf(clientFor(address, { proxyFor: () => tunnel.url, maxRetries: 2 }), {
      repeat: 'unsent',
    })
    expect(error).toMatchObject({ code: 'unreachable', requestSent: false })
    expect(tunnel.connects).toHaveLength(3)
  })

  it('that is not there sent nothing, and the proxy is named', async () => {
    const proxy = new URL(`http://user:xyzzy%207@127.0.0.1:${closedPort}`)
    const error = await connectionErrorOf(clientFor(address, { proxyFor: () => proxy }))
    expect(error).toMatchObject({ code: 'connection-refused', requestSent: false })
    expect(error.message).toBe(`${address} through the proxy http://${proxy.host} did not answer: connection refused`)
    expect(error.hint).toContain('NO_PROXY')
  })

  it('that hangs up without an answer to CONNECT sent nothing', async () => {
    const port = await listen(net.createServer((socket) => socket.once('data', () => socket.end())))
    const error = await connectionErrorOf(clientFor(address, { proxyFor: () => new URL(`http://127.0.0.1:${port}`) }))
    expect(error).toMatchObject({ code: 'connection-reset', requestSent: false })
  })

  it('that never answers CONNECT is let go at the deadline', async () => {
    const server = net.createServer()
    const closed = new Promise<void>((resolve) =>
      server.on('connection', (socket) => socket.resume().on('close', () => resolve())),
    )
    const proxy = new URL(`http://127.0.0.1:${await listen(server)}`)
    const client = clientFor(address, { proxyFor: () => proxy, timeout: Duration.ofMilliseconds(60) })
    await expect(connectionErrorOf(client)).resolves.toMatchObject({ code: 'timeout', requestSent: false })
    await closed
  })
})

describe('plain http through a proxy', () => {
  it('names the whole URL in the request line', async () => {
    const proxy = await serve(status(200, {}, 'through'))
    const url = new URL(`http://user:xyzzy%207@127.0.0.1:${proxy.port}`)
    const reply = await clientFor('http://vault.example:8200', { proxyFor: () => url }).send({
      ...lookup,
      path: 'v1/x?list=true',
    })
    expect(reply.text).toBe('through')
    expect(proxy.received[0]?.url).toBe('http://vault.example:8200/v1/x?list=true')
    expect(proxy.received[0]?.headers).toMatchObject({ host: 'vault.example:8200', 'proxy-authorization': credentials })
  })

  it('sends a body too', async () => {
    const proxy = await serve(status(200))
    const client = clientFor('http://vault.example', { proxyFor: () => new URL(`http://127.0.0.1:${proxy.port}`) })
    await client.send({ ...lookup, method: 'POST', body: { increment: 5 } })
    expect(proxy.received[0]).toMatchObject({
      method: 'POST',
      url: 'http://vault.example/v1/auth/token/lookup-self',
      body: '{"increment":5}',
    })
  })

  it('that is not there sent nothing', async () => {
    const proxy = new URL(`http://127.0.0.1:${closedPort}`)
    const error = await connectionErrorOf(clientFor('http://vault.example', { proxyFor: () => proxy }))
    expect(error).toMatchObject({ code: 'connection-refused', requestSent: false })
  })
})

describe('the choice of a proxy', () => {
  it('is made by the URL of the request', async () => {
    const { url, received } = await serve(status(200))
    const asked: string[] = []
    const proxyFor = (target: URL) => {
      asked.push(target.href)
      return undefined
    }
    await clientFor(url, { proxyFor }).send(lookup)
    expect(asked).toEqual([`${url}/v1/auth/token/lookup-self`])
    expect(received).toHaveLength(1)
  })

  it('of another kind is a setting that is wrong', async () => {
    const proxyFor = () => new URL('socks5://user:xyzzy@127.0.0.1:1080')
    const sending = clientFor(address, { proxyFor }).send(lookup)
    await expect(sending).rejects.toThrow(ConfigError)
    await expect(sending).rejects.not.toThrow('xyzzy')
  })
})
