import { UsageError } from '../core/errors.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** `HOST:PORT`, `[IPv6]:PORT` or an https URL; undefined for anything else. UsageError, naming `source`, for a port that is none. */
export function parseEndpoint(text: string, source?: string): Endpoint | undefined {
  const url = /^https:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url) return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 443) }
  const parts = /^(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text)
  const [host, port] = [parts?.[1] ?? parts?.[2], Number(parts?.[3])]
  if (host === undefined) return undefined
  if (port < 1 || port > 65535)
    throw new UsageError(`${source === undefined ? `"${text}"` : `${source} ${text}`} names no port`, {
      hint: 'a port is a number from 1 to 65535',
    })
  return { host, port }
}

/** As it is written: an IPv6 address in brackets. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
