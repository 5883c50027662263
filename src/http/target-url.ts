/** Requests over a Unix socket name this host, as Vault's own client does. */
const socketHost = 'localhost'

/** The URL of a request. `path` can change neither host nor port, whatever it holds. */
export function targetUrl(address: URL, path: string): URL {
  const url = new URL(isSocketAddress(address) ? `http://${socketHost}/` : address)
  const [pathname = '', ...query] = path.split('?')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${pathname.replace(/^\/+/, '')}`
  url.search = query.join('?')
  url.hash = ''
  return url
}

export function isSocketAddress(address: URL): boolean {
  return address.protocol === 'unix:'
}

export function socketPath(address: URL): string {
  return decodeURIComponent(address.pathname)
}

/** Whether a URL, which a redirect may have given, is served by the Unix socket of the address. */
export function isOnSocket(address: URL, url: URL): boolean {
  return isSocketAddress(address) && url.origin === `http://${socketHost}`
}

/** How messages name a server: scheme, host and port, without user, path or query. */
export function serverName(address: URL, url: URL): string {
  return isOnSocket(address, url) ? `unix://${socketPath(address)}` : url.origin
}

/** `host:port` in lower case, the port always there. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`.toLowerCase()
}
