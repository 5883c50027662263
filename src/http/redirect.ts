import { ProtocolError } from '../core/errors.ts'
import type { HttpReply } from './http-client.ts'
import { hostAndPort } from './target-url.ts'

/** Those that Vault's own client follows. 303 would turn a POST into a GET and is none of Vault's. */
const followed = new Set([301, 302, 307, 308])

type RedirectReply = Pick<HttpReply, 'status' | 'headers'>

/** Where the same request goes next; undefined when the reply is no redirect. Throws ProtocolError when it may not follow. */
export function redirectTarget(reply: RedirectReply, from: URL, allowedHosts: readonly string[]): URL | undefined {
  if (!isRedirect(reply)) return undefined
  if (!followed.has(reply.status)) {
    throw refusal(`${from.origin} answered with status ${reply.status}, which is not followed`, 'check --address')
  }
  const target = readLocation(reply, from)
  refuseDowngrade(from, target)
  refuseOtherHost(from, target, allowedHosts)
  return target
}

export function isRedirect(reply: RedirectReply): boolean {
  return reply.status >= 300 && reply.status < 400
}

/** One hop is what a standby needs to name the leader; a second is a loop or a lure. */
export function secondRedirect(from: URL): ProtocolError {
  return refusal(
    `${from.origin} redirects once more after a redirect`,
    'check --address: give the address of the leader',
  )
}

function readLocation(reply: RedirectReply, from: URL): URL {
  const location = reply.headers.get('location')
  const target = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : null
  if (target === null || (target.protocol !== 'http:' && target.protocol !== 'https:')) {
    throw refusal(
      `${from.origin} answered with status ${reply.status} and names no address to go to`,
      'check --address',
    )
  }
  if (target.username !== '' || target.password !== '') {
    throw refusal(`${from.origin} redirects to an address with a user or a password in it`, 'check --address')
  }
  return target
}

function refuseDowngrade(from: URL, target: URL): void {
  if (from.protocol !== 'https:' || target.protocol === 'https:') return
  throw refusal(
    `${from.origin} redirects to ${target.origin}, away from https`,
    'let api_addr in the configuration of the server begin with https; --allow-redirect-host does not allow this',
  )
}

function refuseOtherHost(from: URL, target: URL, allowedHosts: readonly string[]): void {
  const host = hostAndPort(target)
  if (host === hostAndPort(from) || allowedHosts.some((allowed) => allowed.toLowerCase() === host)) return
  throw refusal(
    `${from.origin} redirects to ${target.origin}, which would get the token`,
    `if that server is yours too, pass --allow-redirect-host ${host}`,
  )
}

function refusal(message: string, hint: string): ProtocolError {
  return new ProtocolError(message, { code: 'redirect-refused', hint })
}
