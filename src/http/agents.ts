import http from 'node:http'
import type { TcpNetConnectOpts } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { HttpConnection } from './connection.ts'
import { forwardingAgent } from './proxy.ts'
import { isOnSocket, socketPath } from './target-url.ts'
import { tlsOptions } from './tls-options.ts'
import type { RequestAgent } from './watched-request.ts'

export interface Route {
  readonly agent: RequestAgent
  readonly proxy?: URL
}

const kept = {
  keepAlive: true,
  // An idle connection ends before the servers' own limit, 5 s for the most impatient: a request on one that the server
  // is just closing is lost, and might have been a signature.
  timeout: 4000,
}

// Node leaves an address for the host's next one after 250 ms, less than one lost packet costs.
const connecting = { autoSelectFamilyAttemptTimeout: 1000 }

const endedAtOnce = { keepAlive: false }

/** The ways to the servers of one connection. Direct ones are kept for reuse, unless that is seldom; a proxy gets a fresh one each time. */
export class Agents {
  readonly #connection: HttpConnection
  readonly #kept = new Map<string, RequestAgent>()
  #tls: Promise<ConnectionOptions> | undefined

  constructor(connection: HttpConnection) {
    this.#connection = connection
  }

  /** `signal` is that of the attempt. Throws ConfigError for TLS settings or a proxy that cannot be used. */
  async routeTo(url: URL, signal: AbortSignal): Promise<Route> {
    const { address, proxyFor } = this.#connection
    if (isOnSocket(address, url)) return { agent: this.#keep('unix', () => this.#socketAgent(address)) }
    const proxy = proxyFor?.(url)
    if (proxy) return { agent: await this.#agentThrough(proxy, url, signal), proxy }
    return { agent: await this.#directAgent(url) }
  }

  close(): void {
    for (const agent of this.#kept.values()) agent.destroy()
    this.#kept.clear()
  }

  async #directAgent(url: URL): Promise<RequestAgent> {
    if (url.protocol === 'http:')
      return this.#keep('http', () => new http.Agent({ ...this.#pooling, ...this.#connecting() }))
    const [https, tls] = await Promise.all([import('node:https'), this.#tlsOptions()])
    return this.#keep('https', () => new https.Agent({ ...this.#pooling, ...this.#connecting(), ...tls }))
  }

  #socketAgent(address: URL): http.Agent {
    return new http.Agent({ ...this.#pooling, socketPath: socketPath(address) } as http.AgentOptions)
  }

  get #pooling(): Pick<http.AgentOptions, 'keepAlive' | 'timeout'> {
    return this.#connection.asksSeldom === true ? endedAtOnce : kept
  }

  async #agentThrough(proxy: URL, url: URL, signal: AbortSignal): Promise<RequestAgent> {
    if (url.protocol === 'http:') return forwardingAgent(proxy, this.#connecting())
    const { TunnelAgent } = await import('./tunnel-agent.ts')
    return asRequestAgent(new TunnelAgent(proxy, await this.#tlsOptions(), { ...this.#connecting(), signal }))
  }

  #connecting(): Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout' | 'lookup'> {
    const { lookup } = this.#connection
    return lookup === undefined ? connecting : { ...connecting, lookup }
  }

  #tlsOptions(): Promise<ConnectionOptions> {
    this.#tls ??= tlsOptions(this.#connection.tls)
    return this.#tls
  }

  #keep(kind: string, make: () => http.Agent): RequestAgent {
    const agent = this.#kept.get(kind) ?? asRequestAgent(make())
    this.#kept.set(kind, agent)
    return agent
  }
}

/** Node's types leave `addRequest` out. */
function asRequestAgent(agent: http.Agent): RequestAgent {
  return agent as RequestAgent
}
