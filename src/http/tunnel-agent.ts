import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { ProxyRefusal, splitCredentials } from './proxy.ts'

/**
 * https through a proxy, by CONNECT, for one request: the signal ends the way to the proxy too, which Node's abort of a
 * request that has no socket yet would leave open.
 */
export class TunnelAgent extends HttpsProxyAgent<string> {
  constructor(proxy: URL, tls: ConnectionOptions, connecting: { readonly signal: AbortSignal }) {
    const { address, headers } = splitCredentials(proxy)
    super(address, { headers, ...connecting })
    // Read for the server behind the tunnel alone; options of the constructor are for the proxy.
    Object.assign(this.options, tls)
  }

  /** The library hands the proxy's refusal on as if the server had answered; it is an error here. */
  override async connect(
    request: ClientRequest,
    options: Parameters<HttpsProxyAgent<string>['connect']>[1],
  ): Promise<Socket> {
    let status = 0
    request.once('proxyConnect', (answer: { statusCode: number }) => {
      status = answer.statusCode
    })
    const socket = await super.connect(request, options)
    if (status === 200) return socket
    socket.destroy()
    throw new ProxyRefusal(status)
  }
}
