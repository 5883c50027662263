import https from 'node:https'
import net from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/core/errors.ts'
import { Secret } from '../../../src/core/secret.ts'
import { TestAuthority, type Identity } from './certificates.ts'
import { clientFor, connectionErrorOf, listen, lookup, recording, serve, status, type Received } from './fakes.ts'

let authority: TestAuthority
let identity: Identity

beforeAll(async () => {
  authority = await TestAuthority.create()
  identity = await authority.issue()
})

interface SecureServer {
  readonly url: string
  readonly received: Received[]
  readonly names: string[]
  readonly connections: number
}

async function serveSecurely(options: TlsOptions = identity): Promise<SecureServer> {
  const { received, listener } = recording(status(200, {}, 'secure'))
  const server = https.createServer(options, listener)
  const names: string[] = []
  let connections = 0
  server.on('secureConnection', (socket: TLSSocket & { servername: string | false }) => {
    connections += 1
    names.push(socket.servername || '')
  })
  const port = await listen(server)
  return {
    url: `https://127.0.0.1:${port}`,
    received,
    names,
    get connections() {
      return connections
    },
  }
}

describe('a server behind TLS', () => {
  it('is trusted by the given CA, and its connection is reused', async () => {
    const server = await serveSecurely()
    const client = clientFor(server.url, { tls: { ca: [authority.pem] } })
    await expect(client.send(lookup)).resolves.toMatchObject({ text: 'secure' })
    await client.send(lookup)
    expect(server.connections).toBe(1)
  })

  it('is trusted by the second CA of one PEM', async () => {
    const { url } = await serveSecurely()
    const other = await TestAuthority.create()
    const client = clientFor(url, { tls: { ca: [`${other.pem}\n${authority.pem}\n`] } })
    await expect(client.send(lookup)).resolves.toMatchObject({ status: 200 })
  })

  it('is not trusted without its CA, and gets nothing of the request', async () => {
    const { url, received } = await serveSecurely()
    const error = await connectionErrorOf(clientFor(url), { method: 'POST', body: { secret: true } })
    expect(error).toMatchObject({ code: 'tls-untrusted', requestSent: false, exitCode: 5 })
    expect(error.hint).toContain('--ca-cert')
    expect(received).toHaveLength(0)
  })

  it('is not trusted by another CA, which replaces the others', async () => {
    const { url } = await serveSecurely()
    const other = await TestAuthority.create()
    const error = await connectionErrorOf(clientFor(url, { tls: { ca: [other.pem] } }))
    expect(error).toMatchObject({ code: 'tls-untrusted', requestSent: false })
  })

  it('is asked once only, whatever may be repeated', async () => {
    const { url } = await serveSecurely()
    const error = await connectionErrorOf(clientFor(url, { maxRetries: 3 }), { repeat: 'safe' })
    expect(error.message).not.toContain('tries')
  })

  it('is taken as it is when verifying is skipped', async () => {
    const { url } = await serveSecurely()
    await expect(clientFor(url, { tls: { skipVerify: true } }).send(lookup)).resolves.toMatchObject({ status: 200 })
  })

  it('whose certificate is for another name is refused with both names', async () => {
    const { url } = await serveSecurely(await authority.issue({ sans: [{ type: 'dns', value: 'vault.example' }] }))
    const error = await connectionErrorOf(clientFor(url, { tls: { ca: [authority.pem] } }))
    expect(error).toMatchObject({ code: 'tls-name-mismatch', requestSent: false })
    expect(error.message).toContain('for DNS:vault.example, not for 127.0.0.1')
    expect(error.hint).toContain('--tls-server-name')
  })

  it('is asked for the given name, and held to it', async () => {
    const server = await serveSecurely(await authority.issue({ sans: [{ type: 'dns', value: 'vault.example' }] }))
    const tls = { ca: [authority.pem], serverName: 'vault.example' }
    await expect(clientFor(server.url, { tls }).send(lookup)).resolves.toMatchObject({ status: 200 })
    expect(server.names).toEqual(['vault.example'])
  })

  it('is held to a given name that is an address, which is no SNI', async () => {
    const server = await serveSecurely(await authority.issue({ sans: [{ type: 'ip', value: '10.1.2.3' }] }))
    const tls = { ca: [authority.pem], serverName: '10.1.2.3' }
    await expect(clientFor(server.url, { tls }).send(lookup)).resolves.toMatchObject({ status: 200 })
    expect(server.names).toEqual([''])
  })

  it.each([
    ['has expired', { validFrom: -3, validTo: -1 }],
    ['is not valid yet', { validFrom: 1, validTo: 3 }],
  ])('whose certificate %s is refused', async (words, validity) => {
    const { url } = await serveSecurely(await authority.issue(validity))
    const error = await connectionErrorOf(clientFor(url, { tls: { ca: [authority.pem] } }))
    expect(error).toMatchObject({ code: 'tls-expired', requestSent: false })
    expect(error.message).toContain(words)
  })

  it('that speaks plain http is told apart', async () => {
    const { port } = await serve(status(200))
    const error = await connectionErrorOf(clientFor(`https://127.0.0.1:${port}`))
    expect(error).toMatchObject({ code: 'tls-failed', requestSent: false })
    expect(error.message).toBe(`https://127.0.0.1:${port} does not speak https`)
    expect(error.hint).toContain('http://')
  })

  it('that hangs up during the handshake got nothing', async () => {
    const port = await listen(net.createServer((socket) => socket.once('data', () => socket.destroy())))
    const error = await connectionErrorOf(clientFor(`https://127.0.0.1:${port}`))
    expect(error).toMatchObject({ code: 'connection-reset', requestSent: false })
  })

  it('with too old a TLS version is refused', async () => {
    const { url } = await serveSecurely({
      ...identity,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const error = await connectionErrorOf(clientFor(url, { tls: { ca: [authority.pem] } }))
    expect(error).toMatchObject({ code: 'tls-failed', requestSent: false })
  })
})

describe('a server that wants a client certificate', () => {
  async function serveDemanding(maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<SecureServer> {
    return serveSecurely({ ...identity, ca: authority.pem, requestCert: true, rejectUnauthorized: true, maxVersion })
  }

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('gets it over %s', async (version) => {
    const { url } = await serveDemanding(version)
    const client = await authority.issue({ sans: [{ type: 'dns', value: 'client.example' }] })
    const tls = { ca: [authority.pem], cert: client.cert, key: new Secret(client.key) }
    await expect(clientFor(url, { tls }).send(lookup)).resolves.toMatchObject({ status: 200 })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is named in the hint without one over %s', async (version) => {
    const { url, received } = await serveDemanding(version)
    const error = await connectionErrorOf(clientFor(url, { tls: { ca: [authority.pem] } }))
    expect(error.code).toBe('tls-failed')
    expect(error.hint).toContain('--client-cert')
    expect(received).toHaveLength(0)
  })

  it('is not asked with a key that belongs to another certificate', async () => {
    const { url } = await serveSecurely()
    const other = await authority.issue()
    const tls = { ca: [authority.pem], cert: identity.cert, key: new Secret(other.key) }
    const sending = clientFor(url, { tls }).send(lookup)
    await expect(sending).rejects.toThrow(ConfigError)
    await expect(sending).rejects.toThrow('the client key does not belong to the client certificate')
  })

  it('is not asked with a certificate that is none', async () => {
    const { url } = await serveSecurely()
    const tls = { ca: [authority.pem], cert: 'planted', key: new Secret('planted') }
    const sending = clientFor(url, { tls }).send(lookup)
    await expect(sending).rejects.toThrow(ConfigError)
    await expect(sending).rejects.not.toThrow('planted')
  })
})

describe('a redirect from https to http', () => {
  it('is refused though its host is allowed, and the token stays', async () => {
    const plain = await serve(status(200))
    const { listener } = recording(status(307, { location: `${plain.url}/v1/x` }))
    const port = await listen(https.createServer(identity, listener))
    const client = clientFor(`https://127.0.0.1:${port}`, {
      tls: { ca: [authority.pem] },
      allowedRedirectHosts: [`127.0.0.1:${plain.port}`],
    })
    await expect(client.send(lookup)).rejects.toMatchObject({ code: 'redirect-refused' })
    expect(plain.received).toHaveLength(0)
  })
})
