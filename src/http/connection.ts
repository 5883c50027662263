import type { LookupFunction } from 'node:net'
import type { Duration } from '../core/duration.ts'
import type { Secret } from '../core/secret.ts'

/** How a server is reached; every value is already read and checked. */
export interface HttpConnection {
  /** `http:`, `https:` or `unix:` and the path of a socket. A path in one of the first two is put before every request's. */
  readonly address: URL
  readonly tls: TlsSettings
  /** The proxy for a URL, if any. It may carry a user and a password, which are never shown. */
  readonly proxyFor?: (url: URL) => URL | undefined
  /** In the place of Node's own name look-up. */
  readonly lookup?: LookupFunction | undefined
  /** Each request has a connection of its own, which ends with it: for who asks so seldom that a kept one is closed by then. */
  readonly asksSeldom?: boolean
  /** For one attempt: connecting, sending and the whole reply. */
  readonly timeout: Duration
  /** How many attempts may follow the first. */
  readonly maxRetries: number
  /** As `host:port`: where else a redirect may lead. */
  readonly allowedRedirectHosts: readonly string[]
}

export interface TlsSettings {
  /** PEMs, each of one or more certificates, that replace the system's roots. */
  readonly ca?: readonly string[]
  /** PEM of the client's certificate, its issuers after it. */
  readonly cert?: string
  /** PEM of the client's private key. */
  readonly key?: Secret
  /** The name to ask for and to find in the server's certificate, in place of the address's host. */
  readonly serverName?: string
  readonly skipVerify: boolean
}
