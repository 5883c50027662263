import { isIP } from 'node:net'
import type { ConnectionOptions, SecureContextOptions } from 'node:tls'
import { ConfigError, errorMessage, systemErrorCode } from '../core/errors.ts'
import type { TlsSettings } from './connection.ts'

/** What Node needs to secure a connection, read once for all of them. Throws ConfigError for a client certificate or key that is broken. */
export async function tlsOptions(settings: TlsSettings): Promise<ConnectionOptions> {
  const { createSecureContext, checkServerIdentity } = await import('node:tls')
  const options: ConnectionOptions = { rejectUnauthorized: !settings.skipVerify }
  try {
    options.secureContext = createSecureContext(contextOptions(settings))
  } catch (error) {
    throw unusableCertificate(error)
  }
  const { serverName } = settings
  if (serverName === undefined) return options
  // RFC 6066 section 3 allows no address as the name that is asked for, and Node warns; it is still the one to be found.
  const asked = isIP(serverName) === 0 ? serverName : ''
  return { ...options, servername: asked, checkServerIdentity: (_, found) => checkServerIdentity(serverName, found) }
}

function contextOptions({ ca, cert, key }: TlsSettings): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: key.reveal() }),
  }
}

function unusableCertificate(error: unknown): ConfigError {
  const mismatch = systemErrorCode(error) === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
  const message = mismatch
    ? 'the client key does not belong to the client certificate'
    : `the client certificate, its key or the CA certificate cannot be used: ${errorMessage(error)}`
  return new ConfigError(message, {
    hint: 'check --client-cert, --client-key and --ca-cert: they are PEM files, the key without a password',
  })
}
