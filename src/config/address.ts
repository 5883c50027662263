import type { Parsed } from './parsed.ts'

const schemes = ['http:', 'https:', 'unix:']

/** An `http`, `https` or `unix` URL without user, password, query and fragment; a path in it is kept. */
export function parseAddress(text: string): Parsed<URL> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (hasCredentials(text, url)) return credentialsProblem
  if (!text.includes('://')) return { problem: 'has no scheme', hint: `write https://${withoutQuery(text)}` }
  if (!url) return { problem: 'is no URL' }
  if (!schemes.includes(url.protocol)) return { problem: 'has a scheme other than http, https and unix' }
  if (url.search !== '' || url.hash !== '') return queryProblem
  if (url.protocol === 'unix:' && !isSocketPath(url)) {
    return { problem: 'names no socket', hint: 'write unix:///PATH with three slashes' }
  }
  return { value: url }
}

/** 127.0.0.0/8, ::1, localhost and Unix sockets: what is sent there does not leave this host. */
export function isLoopback(url: URL): boolean {
  if (url.protocol === 'unix:') return true
  const host = url.hostname.replace(/\.$/, '')
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** The URL's own user and password, or an @ in what can't be parsed: `user:password@host` has no scheme to parse by. */
function hasCredentials(text: string, url: URL | undefined): boolean {
  if (url && schemes.includes(url.protocol)) return url.username !== '' || url.password !== ''
  return text.includes('@')
}

function isSocketPath(url: URL): boolean {
  return url.hostname === '' && url.pathname.length > 1
}

function withoutQuery(text: string): string {
  return text.replace(/[?#].*$/s, '')
}

const credentialsProblem = {
  problem: 'the address has a user or password in it',
  hint: 'take user and password out of the address; a token file or a token variable holds the credential',
  holdsSecret: true,
  isMisplaced: true,
} as const

// A query may hold a token, so it is not shown either.
const queryProblem = {
  problem: 'the address has a query or a fragment',
  hint: 'write it as https://HOST:PORT, with a path where the server needs one',
  holdsSecret: true,
} as const
