import type { IncomingHttpHeaders } from 'node:http'
import type { Reply } from './reply.ts'

export interface UnparsedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** The head of a request that Node's parser gave up because of its method; undefined for every other failure. */
export function parseUnknownMethod(error: Error): UnparsedRequest | undefined {
  const { code, rawPacket } = error as Error & { code?: string; rawPacket?: Buffer }
  if (code !== 'HPE_INVALID_METHOD' || !rawPacket) return undefined
  const [start = '', ...lines] = rawPacket.toString('latin1').split('\r\n\r\n')[0]!.split('\r\n')
  const [method = '', url = ''] = start.split(' ')
  if (!/^[A-Z]+$/.test(method) || !url.startsWith('/')) return undefined
  const headers = lines.map((line) => /^([^:]+):\s*(.*)$/.exec(line)).filter((match) => match !== null)
  return { method, url, headers: Object.fromEntries(headers.map(([, name, value]) => [name!.toLowerCase(), value!])) }
}

/** The whole reply as it goes over the wire, after which the connection closes. */
export function formatReply({ status, headers, body }: Reply): Buffer {
  const all = { ...headers, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.concat([Buffer.from([`HTTP/1.1 ${status} Status`, ...lines, '', ''].join('\r\n')), Buffer.from(body)])
}
