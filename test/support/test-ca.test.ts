import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Server, type TLSSocket, connect, createServer } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type KeyAndCertificate, TestCa } from './test-ca.ts'

let ca: TestCa
let server: Server | undefined

beforeAll(async () => {
  ca = await TestCa.create()
})

afterEach(() => {
  server?.close()
  server = undefined
})

async function serve(identity: KeyAndCertificate): Promise<number> {
  const { cert, key } = identity
  server = createServer({ cert, key, ca: ca.cert, requestCert: true, rejectUnauthorized: false })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function handshake(port: number, trusted = ca.cert): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, ca: trusted })
  try {
    await once(socket, 'secureConnect')
  } finally {
    socket.destroy()
  }
}

describe('the test CA', () => {
  test('makes a server that is trusted by address and by name', async () => {
    await expect(handshake(await serve(await ca.server()))).resolves.toBeUndefined()
  })

  test('is trusted by nobody who was not told', async () => {
    const stranger = await TestCa.create('Another CA')
    const port = await serve(await ca.server())
    await expect(handshake(port, stranger.cert)).rejects.toMatchObject({
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    })
  })

  test('makes a server whose certificate has expired', async () => {
    await expect(handshake(await serve(await ca.expiredServer()))).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' })
  })

  test('makes a server with a name that is not the one asked for', async () => {
    await expect(handshake(await serve(await ca.wrongNameServer()))).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  test('makes a client that a server knows', async () => {
    const port = await serve(await ca.server())
    const client = connect({ host: '127.0.0.1', port, ca: ca.cert, ...(await ca.client('web client')) })
    const [socket] = (await once(server!, 'secureConnection')) as [TLSSocket]
    expect(socket.authorized).toBe(true)
    expect(socket.getPeerCertificate().subject.CN).toBe('web client')
    client.destroy()
  })
})
