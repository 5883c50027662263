import { errorMessage, systemErrorCode } from '../core/errors.ts'
import { ConnectionError, type ConnectionFailure } from './http-client.ts'

interface TlsPeer {
  readonly peer: string
  readonly url: URL
}

type Meaning = readonly [code: ConnectionFailure, message: string, hint: string]

/** No secure connection: whom to trust, which name, which time, or no TLS at all. Undefined for any other failure. */
export function tlsFailure(error: unknown, sent: boolean, to: TlsPeer): ConnectionError | undefined {
  const code = systemErrorCode(error) ?? ''
  const meaning = certificateMeaning(error, code, to) ?? handshakeMeaning(error, code, to)
  if (meaning === undefined) return undefined
  const [failure, message, hint] = meaning
  return new ConnectionError(message, sent, { code: failure, hint, cause: error })
}

/** OpenSSL's verdicts on a chain, as Node names them. */
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate leads to an unknown root',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is from an unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from an unknown issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is from an unknown issuer',
  CERT_UNTRUSTED: 'its certificate is from an untrusted issuer',
  CERT_REJECTED: 'its certificate is rejected',
  CERT_SIGNATURE_FAILURE: "the signature of its certificate is not the issuer's",
  CERT_REVOKED: 'its certificate is revoked',
  CERT_CHAIN_TOO_LONG: 'its certificate chain is too long',
  PATH_LENGTH_EXCEEDED: 'its certificate chain is too long',
  INVALID_CA: 'the certificate of its issuer is no CA certificate',
  INVALID_PURPOSE: 'its certificate is not for a server',
}

const outdated: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate, or one of its issuers, has expired',
  CERT_NOT_YET_VALID: 'its certificate, or one of its issuers, is not valid yet',
}

function certificateMeaning(error: unknown, code: string, { peer, url }: TlsPeer): Meaning | undefined {
  if (untrusted[code] !== undefined) {
    return [
      'tls-untrusted',
      `${peer} is not trusted: ${untrusted[code]}`,
      'pass the certificate of its CA with --ca-cert',
    ]
  }
  if (outdated[code] !== undefined) {
    const hint = 'check the clock of this host, then renew the certificate of the server'
    return ['tls-expired', `${peer} is not trusted: ${outdated[code]}`, hint]
  }
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined
  const message = `${peer} is not trusted: its certificate is ${certificateNames(error)}, not for ${expectedName(error, url)}`
  return ['tls-name-mismatch', message, 'check --address, or name one of these with --tls-server-name']
}

function certificateNames(error: unknown): string {
  const certificate = (error as { cert?: { subjectaltname?: string } }).cert
  return certificate?.subjectaltname ? `for ${certificate.subjectaltname}` : 'without a name'
}

function expectedName(error: unknown, url: URL): string {
  return (error as { host?: string }).host ?? url.hostname
}

function handshakeMeaning(error: unknown, code: string, { peer }: TlsPeer): Meaning | undefined {
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_') && !code.startsWith('ERR_TLS_')) return undefined
  const reason = openSslReason(error)
  if (/wrong version number|packet length too long|http request/i.test(reason)) {
    return ['tls-failed', `${peer} does not speak https`, 'if it speaks plain http, begin --address with http://']
  }
  const hint = /certificate required|handshake failure|bad certificate|unknown ca/i.test(reason)
    ? 'the server may want a client certificate: pass --client-cert and --client-key'
    : 'check which TLS versions and ciphers the server allows'
  return ['tls-failed', `${peer} gives no secure connection: ${reason}`, hint]
}

/** Why there is no TLS. OpenSSL's errors are lines of `number:error:number:library:function:reason:file:line`, the reason in the middle. */
export function openSslReason(error: unknown): string {
  const { reason } = error as { reason?: unknown }
  if (typeof reason === 'string') return reason
  const text = errorMessage(error)
  return /:SSL routines:[^:]*:([^:]+):/.exec(text)?.[1] ?? text
}
