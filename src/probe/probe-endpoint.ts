import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { formatDuration, type Duration } from '../core/duration.ts'
import { CertctlError, ProtocolError, UnavailableError, errorMessage } from '../core/errors.ts'
import { connectionWords } from '../http/connection-failure.ts'
import { DeadlinePassed, withDeadline } from '../http/deadline.ts'
import { openSslReason } from '../http/tls-failure.ts'
import { Conversation } from './conversation.ts'
import { formatEndpoint, type Endpoint } from './endpoint.ts'
import { RecordingStream } from './recording-stream.ts'
import { sentCertificates } from './sent-certificates.ts'
import { startTls } from './starttls.ts'
import type { StartTlsProtocol } from './starttls-protocol.ts'

export interface ProbeOptions {
  /** The name that the server is asked for (SNI); undefined asks for none. */
  readonly serverName: string | undefined
  readonly startTls: StartTlsProtocol | undefined
  /** For all of it. */
  readonly timeout: Duration
  readonly signal: AbortSignal
}

export interface ServedCertificates {
  /** In DER, in the order in which the server sent them. */
  readonly certificates: readonly Buffer[]
  /** The address that answered. */
  readonly address: string | undefined
  /** Whether clients are asked for a certificate; many servers can do without. */
  readonly asksClientCertificate: boolean
  /** Undefined when the server ended the handshake, as for want of a client certificate. */
  readonly protocol: string | undefined
  readonly cipher: string | undefined
}

/**
 * What a TLS server serves, good or not: nothing is verified, and old protocols and weak keys are let pass.
 * UnavailableError when it can't be reached or gives no TLS, ProtocolError when it does not start TLS.
 */
export async function probeEndpoint(endpoint: Endpoint, options: ProbeOptions): Promise<ServedCertificates> {
  const peer = formatEndpoint(endpoint)
  const socket = connect({ ...endpoint, autoSelectFamily: true })
  try {
    return await withDeadline(options.timeout, options.signal, async (signal) => {
      signal.addEventListener('abort', () => socket.destroy(), { once: true })
      try {
        await once(socket, 'connect', { signal })
        if (options.startTls) await startTls(options.startTls, new Conversation(socket, peer, signal))
        return await shakeHands(socket, options.serverName, peer)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        throw error
      }
    })
  } catch (error) {
    throw failure(error, peer)
  } finally {
    socket.destroy()
  }
}

async function shakeHands(socket: Socket, serverName: string | undefined, peer: string): Promise<ServedCertificates> {
  const wire = new RecordingStream(socket)
  let secret: Buffer | undefined
  const tls = connectTls({
    socket: wire,
    ...(serverName === undefined ? {} : { servername: serverName }),
    // An empty list: reading the built-in roots takes longer than the handshake, and nothing is verified by them.
    ca: [],
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
  })
  tls.on('keylog', (line: Buffer) => (secret = handshakeSecret(line) ?? secret))
  const failed = await handshake(tls)
  const { certificates, asksForOne } = sentCertificates(wire.received, secret)
  const leaf = tls.getPeerX509Certificate()?.raw
  const { remoteAddress: address } = socket
  const served = certificates.length > 0 || leaf === undefined ? certificates : [leaf]
  if (failed !== undefined && served.length === 0) throw noTls(failed, peer)
  if (served.length === 0) throw new ProtocolError(`${peer} sends no certificate`, { hint: 'check its configuration' })
  const isOpen = failed === undefined
  return {
    certificates: served,
    address,
    asksClientCertificate: asksForOne,
    protocol: isOpen ? (tls.getProtocol() ?? undefined) : undefined,
    cipher: isOpen ? tls.getCipher().standardName : undefined,
  }
}

/** What it ended with when it did not succeed. */
function handshake(tls: TLSSocket): Promise<Error | undefined> {
  return new Promise((resolve) => {
    tls.once('secureConnect', () => resolve(undefined))
    tls.on('error', resolve)
    tls.once('close', () => resolve(new Error('it ends the connection')))
  })
}

function handshakeSecret(line: Buffer): Buffer | undefined {
  const hex = /^SERVER_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ ([0-9a-f]+)/i.exec(line.toString())?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

function noTls(error: Error, peer: string): UnavailableError {
  return new UnavailableError(`${peer} gives no TLS: ${openSslReason(error)}`, {
    code: 'tls-failed',
    hint: 'check the port; a service that begins in clear needs --starttls',
    cause: error,
  })
}

function failure(error: unknown, peer: string): unknown {
  if (error instanceof CertctlError) return error
  if (error instanceof DeadlinePassed) {
    const limit = formatDuration(error.timeout)
    return new UnavailableError(`${peer} did not answer within ${limit}`, {
      code: 'timeout',
      hint: 'check host and port, and --starttls: some servers wait for the client to speak; or raise --timeout',
    })
  }
  const [code, words] = connectionWords(error) ?? []
  if (code === undefined) return error
  const hint = 'check host and port, and that the server runs'
  return new UnavailableError(`${peer} did not answer: ${words ?? errorMessage(error)}`, { code, hint, cause: error })
}
