import { isIPv4, isIPv6 } from 'node:net'

export interface ListenAddress {
  /** A name or an IP address; IPv6 without brackets. */
  readonly host: string
  /** 0 asks for any free port. */
  readonly port: number
}

const written = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<name>[\w.-]+))?:)?(?<port>\d{1,5})$/

/** Reads `HOST:PORT`, `[::1]:PORT`, `:PORT` or `PORT`; without a host it is loopback. Undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const parts = written.exec(text)?.groups
  if (parts === undefined) return undefined
  const port = Number(parts['port'])
  const host = parts['v6'] ?? parts['name'] ?? '127.0.0.1'
  if (port > 65535 || (parts['v6'] !== undefined && !isIPv6(host))) return undefined
  if (/^[\d.]+$/.test(host) && !isIPv4(host)) return undefined
  return { host, port }
}

/** As `HOST:PORT` or `[::1]:PORT`. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
