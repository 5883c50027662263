import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { CertctlError } from '../../../src/core/errors.ts'
import { Certificate } from '../../../src/pki/certificate.ts'
import { type ProbeOptions, type ServedCertificates, probeEndpoint } from '../../../src/probe/probe-endpoint.ts'
import { startTlsProtocols } from '../../../src/probe/starttls-protocol.ts'
import { type KeyAndCertificate, TestCa } from '../../support/test-ca.ts'
import {
  type TlsService,
  type TlsServiceOptions,
  conversations,
  mysqlGreeting,
  startTlsService,
} from '../../support/tls-service.ts'

let ca: TestCa
let other: TestCa
let pair: KeyAndCertificate
const services: TlsService[] = []

beforeAll(async () => {
  ca = await TestCa.create()
  other = await TestCa.create('Other CA')
  pair = await ca.server()
})

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

async function serve(options: TlsServiceOptions = {}): Promise<TlsService> {
  const service = await startTlsService({ ...pair, ...options })
  services.push(service)
  return service
}

async function probe(
  { port }: { readonly port: number },
  options: Partial<ProbeOptions> = {},
): Promise<ServedCertificates> {
  const timeout = Duration.ofSeconds(10)
  const { signal } = new AbortController()
  return probeEndpoint(
    { host: '127.0.0.1', port },
    { serverName: undefined, startTls: undefined, timeout, signal, ...options },
  )
}

function pems({ certificates }: ServedCertificates): readonly (string | undefined)[] {
  return certificates.map((der) => Certificate.parse(der)?.pem)
}

function canonical(...texts: readonly string[]): readonly (string | undefined)[] {
  return texts.map((text) => Certificate.parse(text)?.pem)
}

describe('a probe of a TLS server', () => {
  it.each([
    ['TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
    ['TLSv1.3', 'TLS_CHACHA20_POLY1305_SHA256'],
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ] as const)('sees all that it sent, in its order, in %s with %s', async (version, ciphers) => {
    // The leaf, a stranger, the root, the root again: OpenSSL itself would show the leaf and the root.
    const cert = `${pair.cert}${other.cert}${ca.cert}${ca.cert}`
    const service = await serve({ cert, ciphers, minVersion: version, maxVersion: version })
    const served = await probe(service)
    expect(pems(served)).toEqual(canonical(pair.cert, other.cert, ca.cert, ca.cert))
    expect(served).toMatchObject({ protocol: version, address: '127.0.0.1', asksClientCertificate: false })
    expect(served.cipher).toMatch(/^TLS_/)
  })

  it('sees a chain that does not fit into one record', async () => {
    const cert = pair.cert + ca.cert.repeat(60)
    expect((await probe(await serve({ cert }))).certificates).toHaveLength(61)
  })

  it('asks for the name that it is told, and for none when there is none', async () => {
    const service = await serve()
    await probe(service, { serverName: 'www.example.test' })
    await probe(service)
    expect(service.asked).toEqual(['www.example.test'])
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'sees the certificate also when the server wants one in return, in %s',
    async (maxVersion) => {
      const service = await serve({ requestCert: true, ca: ca.cert, maxVersion })
      const served = await probe(service)
      expect(pems(served)[0]).toBe(canonical(pair.cert)[0])
      expect(served).toMatchObject({ asksClientCertificate: true })
    },
  )

  it('lets pass what clients refuse: an old protocol', async () => {
    const service = await serve({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' })
    expect(await probe(service)).toMatchObject({ protocol: 'TLSv1.1' })
  })

  it.each(startTlsProtocols)('begins in clear by %s', async (startTls) => {
    const service = await serve({ inClear: conversations[startTls] })
    expect(pems(await probe(service, { startTls }))).toEqual(canonical(pair.cert))
  })

  it('has nobody to ask where nothing listens', async () => {
    const service = await startTlsService(pair)
    await service.stop()
    await expect(probe(service)).rejects.toMatchObject({ exitCode: 5, code: 'connection-refused' })
  })

  it('stops waiting for a server that says nothing', async () => {
    const service = await serve({ inClear: () => new Promise(() => undefined) })
    const failed = probe(service, { timeout: Duration.ofMilliseconds(300) })
    await expect(failed).rejects.toMatchObject({ exitCode: 5, code: 'timeout' })
    const silent = probe(service, { timeout: Duration.ofMilliseconds(300), startTls: 'imap' })
    await expect(silent).rejects.toMatchObject({ exitCode: 5, code: 'timeout' })
  })

  it('ends with the reason of an interruption', async () => {
    const service = await serve({ inClear: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const failed = probe(service, { signal: controller.signal })
    controller.abort(new Error('told to stop'))
    await expect(failed).rejects.toThrow('told to stop')
  })

  it('says when it is no TLS', async () => {
    const server = createServer(
      (socket) => void socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(probe({ port })).rejects.toMatchObject({ exitCode: 5, code: 'tls-failed', hint: /--starttls/ })
    server.close()
  })
})

describe('a server that will not go on in TLS', () => {
  it.each([
    ['smtp', '554 go away\r\n', 'greets with: 554 go away'],
    ['imap', '* BYE not now\r\n', 'greets with: * BYE not now'],
    ['pop3', '-ERR busy\r\n', 'greets with: -ERR busy'],
    ['postgres', 'N', 'offers no TLS'],
    ['postgres', 'E', 'does not speak the protocol of PostgreSQL'],
    ['ldap', Buffer.from('300c02010178070a013404000400', 'hex'), 'answers to StartTLS with result 52'],
    ['ldap', 'HTTP/1.1 400', 'does not speak LDAP'],
    ['ldap', Buffer.from('30050201014200', 'hex'), 'gives no answer of LDAP to StartTLS'],
    ['mysql', mysqlGreeting(0), 'offers no TLS'],
    ['mysql', Buffer.from('0c000000ff1004546f6f206d616e7921', 'hex'), 'answers: Too many!'],
    ['mysql', 'SSH-2.0-OpenSSH_10.0\r\n'.padEnd(9_000_000, 'x').slice(0, 70_000), 'too much before TLS'],
    ['smtp', '\u001b[2J554\r\n', String.raw`greets with: \u{1b}[2J554`],
    ['smtp', 'x'.repeat(70_000), 'says too much before TLS'],
    ['imap', '', 'ends the connection before TLS'],
  ] as const)('by %s, saying %#, is told of', async (startTls, words, message) => {
    const server = createServer((socket) => void socket.on('error', () => undefined).end(words))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const error: unknown = await probe(server.address() as { port: number }, { startTls }).catch(
      (thrown: unknown) => thrown,
    )
    server.close()
    expect(error).toBeInstanceOf(CertctlError)
    expect(error).toMatchObject({ exitCode: 6, code: 'starttls-refused' })
    expect((error as Error).message).toContain(message)
  })

  it('offers no STARTTLS', async () => {
    const service = await serve({
      inClear: (socket) => {
        socket.write('220 mail.test\r\n250-mail.test\r\n250 SIZE 1\r\n')
        return new Promise(() => undefined)
      },
    })
    await expect(probe(service, { startTls: 'smtp' })).rejects.toThrow('offers no STARTTLS')
  })

  it('has something put behind its answer by somebody on the way', async () => {
    const service = await serve({
      inClear: async (socket) => {
        socket.write('+OK ready\r\n')
        await once(socket, 'readable')
        socket.write('+OK begin\r\n+OK put in\r\n')
        await new Promise(() => undefined)
      },
    })
    await expect(probe(service, { startTls: 'pop3' })).rejects.toThrow('says more in clear than was asked for')
  })
})
