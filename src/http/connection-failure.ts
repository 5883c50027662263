import { formatDuration, type Duration } from '../core/duration.ts'
import { CertctlError, ProtocolError, errorMessage, systemErrorCode } from '../core/errors.ts'
import { DeadlinePassed } from './deadline.ts'
import { ConnectionError, type ConnectionFailure } from './http-client.ts'
import { ProxyRefusal } from './proxy.ts'
import { CutBody } from './reply-body.ts'
import { tlsFailure } from './tls-failure.ts'
import { isParseError, type WatchedRequest } from './watched-request.ts'

export interface Peer {
  /** How messages name it. */
  readonly peer: string
  readonly url: URL
  readonly signal: AbortSignal
  readonly proxied: boolean
}

type Wire = Pick<WatchedRequest, 'error' | 'sent' | 'status'>

/** What is thrown for a request without a whole reply. What is no failure of the network comes back as it was. */
export function exchangeFailure(thrown: unknown, wire: Wire, to: Peer): unknown {
  if (to.signal.aborted) return abortReason(wire, to)
  if (thrown instanceof CertctlError) return thrown
  const error = wire.error ?? thrown
  if (thrown instanceof CutBody || wire.status !== undefined) return replyCut(error, wire, to)
  if (isParseError(error)) return notHttp(error, to)
  if (error instanceof ProxyRefusal) return proxyRefusal(error, to)
  return tlsFailure(error, wire.sent, to) ?? connectFailure(error, wire, to)
}

function abortReason(wire: Wire, to: Peer): unknown {
  const reason: unknown = to.signal.reason
  return reason instanceof DeadlinePassed ? timedOut(reason.timeout, wire, to) : reason
}

function timedOut(timeout: Duration, wire: Wire, to: Peer): ConnectionError {
  const limit = formatDuration(timeout)
  const { status } = wire
  if (status !== undefined) {
    const message = `${to.peer} did not finish its reply within ${limit} (status ${status})`
    return new ConnectionError(message, true, { code: 'timeout', hint: 'raise --timeout', facts: { status } })
  }
  const what = wire.sent ? 'no answer' : 'no connection'
  return new ConnectionError(`${to.peer} did not answer: ${what} within ${limit}`, wire.sent, {
    code: 'timeout',
    hint: wire.sent ? 'raise --timeout, or look at the load of the server' : addressHint(to),
  })
}

function replyCut(cause: unknown, { status }: Wire, to: Peer): ConnectionError {
  const known = status === undefined ? {} : { facts: { status } }
  return new ConnectionError(`the reply of ${to.peer} was cut (status ${status ?? 'unknown'})`, true, {
    code: 'reply-cut',
    hint: 'ask again; when it happens each time, look at what stands between here and the server',
    cause,
    ...known,
  })
}

function notHttp(cause: unknown, to: Peer): ProtocolError {
  const hint = 'check scheme and port of --address: a server that expects https may answer so'
  return new ProtocolError(`${to.peer} does not speak HTTP`, { code: 'not-http', hint, cause })
}

function proxyRefusal(error: ProxyRefusal, to: Peer): ConnectionError {
  // A proxy that answers 5xx to CONNECT would let us through and could not reach the server.
  const code = error.status >= 500 ? 'unreachable' : 'proxy-refused'
  const hint = error.status === 407 ? 'check user and password in HTTPS_PROXY' : 'check HTTPS_PROXY and NO_PROXY'
  return new ConnectionError(`no way to ${to.peer}: the proxy answers with status ${error.status}`, false, {
    code,
    hint,
  })
}

/** By Node's code: our own, and what it means in words. */
const meanings: Readonly<Record<string, readonly [ConnectionFailure, string]>> = {
  ECONNREFUSED: ['connection-refused', 'connection refused'],
  ENOENT: ['connection-refused', 'there is no such socket'],
  ENOTFOUND: ['unknown-host', 'its host name is not known'],
  EAI_AGAIN: ['unknown-host', 'the name service does not answer'],
  EAI_FAIL: ['unknown-host', 'the name service does not answer'],
  EAI_NODATA: ['unknown-host', 'its host name has no address'],
  ECONNRESET: ['connection-reset', 'connection closed'],
  ECONNABORTED: ['connection-reset', 'connection closed'],
  EPIPE: ['connection-reset', 'connection closed'],
  EHOSTUNREACH: ['unreachable', 'no route to the host'],
  EHOSTDOWN: ['unreachable', 'the host is down'],
  ENETUNREACH: ['unreachable', 'the network is unreachable'],
  ENETDOWN: ['unreachable', 'the network is down'],
  EADDRNOTAVAIL: ['unreachable', 'no local address to reach it from'],
  EACCES: ['unreachable', 'permission denied'],
  EPERM: ['unreachable', 'permission denied'],
  ETIMEDOUT: ['timeout', 'no connection in time'],
}

/** Why there is no connection, in words; undefined for what is no failure of the network. */
export function connectionWords(error: unknown): readonly [ConnectionFailure, string] | undefined {
  return meanings[systemErrorCode(error) ?? '']
}

function connectFailure(error: unknown, wire: Wire, to: Peer): unknown {
  const known = connectionWords(error)
  if (known === undefined && wire.error === undefined) return error
  const [code, meaning] = known ?? (['connection-reset', errorMessage(error)] as const)
  return new ConnectionError(`${to.peer} did not answer: ${meaning}`, wire.sent, {
    code,
    hint: addressHint(to),
    cause: error,
  })
}

function addressHint({ proxied }: Peer): string {
  if (proxied) return 'check --address or VAULT_ADDR, HTTPS_PROXY and NO_PROXY'
  return 'check --address or VAULT_ADDR, and that the server runs'
}
