import fetch, { FetchError } from 'node-fetch'
import { exchangeFailure } from './connection-failure.ts'
import type { Route } from './agents.ts'
import { proxyName } from './proxy.ts'
import { CutBody, decodeBody, replyCap, replyTooLarge } from './reply-body.ts'
import { WatchedRequest } from './watched-request.ts'

export interface Message {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** One request and its whole reply, redirects included as they are. Throws ConnectionError, ProtocolError or the signal's reason. */
export async function exchange(
  message: Message,
  url: URL,
  server: string,
  route: Route,
  { signal, onSent }: { readonly signal: AbortSignal; readonly onSent?: (() => void) | undefined },
): Promise<Answer> {
  const watch = new WatchedRequest(onSent)
  try {
    // Asked with an aborted signal, node-fetch destroys a body whose error nobody listens to, and the process ends.
    signal.throwIfAborted()
    const response = await fetch(url.href, {
      method: message.method,
      headers: message.headers,
      ...(message.body === undefined ? {} : { body: message.body }),
      agent: watch.through(route.agent),
      redirect: 'manual',
      compress: false,
      size: replyCap,
      signal,
    })
    const headers = new Map(response.headers)
    const { status } = response
    const body = Buffer.from(await response.arrayBuffer())
    if (watch.isReplyCut) throw new CutBody(undefined, { cause: watch.error })
    return {
      status,
      headers,
      text: await decodeBody(body, { server, status, encoding: headers.get('content-encoding') }),
    }
  } catch (error) {
    if (error instanceof FetchError && error.type === 'max-size')
      throw replyTooLarge({ server, status: watch.status ?? 0 })
    const peer = route.proxy === undefined ? server : `${server} through the proxy ${proxyName(route.proxy)}`
    throw exchangeFailure(error, watch, { peer, url, signal, proxied: route.proxy !== undefined })
  }
}
