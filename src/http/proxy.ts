import http, { type ClientRequest } from 'node:http'
import { isIP } from 'node:net'
import { ConfigError } from '../core/errors.ts'
import type { RequestAgent } from './watched-request.ts'

/** The proxy's own answer to CONNECT, when it is a refusal. */
export class ProxyRefusal extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`)
  }
}

/** How messages name a proxy: without its user and password. */
export function proxyName(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`
}

/** The proxy's address and what it is told about the user, apart: libraries print the address when debugged. */
export function splitCredentials(proxy: URL): { address: URL; headers: Record<string, string> } {
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new ConfigError(`the proxy ${proxyName(proxy)} is neither http nor https`, {
      hint: 'check HTTPS_PROXY and HTTP_PROXY',
    })
  }
  const address = new URL(proxy)
  address.username = ''
  address.password = ''
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const headers = user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }
  return { address, headers }
}

/**
 * Plain http through a proxy: the request line names the whole URL (RFC 9112 section 3.2.2). Written here because
 * http-proxy-agent prints the request, with its token, when DEBUG is set.
 */
export async function forwardingAgent(proxy: URL, connecting: object): Promise<RequestAgent> {
  const { address, headers } = splitCredentials(proxy)
  const secure = address.protocol === 'https:'
  const agent = (
    secure ? new (await import('node:https')).Agent(connecting) : new http.Agent(connecting)
  ) as RequestAgent
  const host = address.hostname.replace(/^\[|\]$/g, '')
  const route = { host, port: Number(address.port || (secure ? 443 : 80)), servername: isIP(host) === 0 ? host : '' }
  return Object.create(agent, {
    protocol: { value: 'http:' },
    defaultPort: { value: 80 },
    addRequest: {
      value: (request: ClientRequest, options: object) => {
        request.path = `http://${String(request.getHeader('host'))}${request.path}`
        for (const [name, value] of Object.entries(headers)) request.setHeader(name, value)
        agent.addRequest(request, { ...options, ...route })
      },
    },
  }) as RequestAgent
}
