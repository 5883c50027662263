import { createGzip } from 'node:zlib'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from './fake-vault/exchange.ts'
import { type Reply, json, raw } from './fake-vault/reply.ts'

export type { Fault } from './fake-vault/exchange.ts'

/** `{"errors":[...]}` with that status; the server does nothing. */
export function status(code: number, ...errors: readonly string[]): Fault {
  return ({ send }) => send(json(code, { errors }))
}

/** 429 as a quota gives it; `retryAfter` is the header's text. */
export function throttled(retryAfter?: string): Fault {
  return ({ request, send }) => {
    const reply = json(429, { errors: [`request path "${request.path}": rate limit quota exceeded`] })
    send(retryAfter === undefined ? reply : withHeaders(reply, { 'Retry-After': retryAfter }))
  }
}

/** Any reply at all. */
export function reply(code: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Fault {
  return ({ send }) => send({ status: code, headers, body })
}

/** A page of a proxy or of something that is no Vault. */
export function html(code: number, text = 'Bad Gateway'): Fault {
  return reply(code, { 'Content-Type': 'text/html' }, `<html><body><h1>${text}</h1></body></html>\n`)
}

/** 204 without a body; the server does nothing. */
export function noContent(): Fault {
  return reply(204, {}, '')
}

/** To another address, or to another path of this one. */
export function redirect(location: string, code = 307): Fault {
  return reply(code, { Location: location }, '')
}

/** In milliseconds; then the server answers, or another fault does. */
export function delay(milliseconds: number, then?: Fault): Fault {
  return async (exchange) => {
    await wait(milliseconds)
    await (then ? then(exchange) : answerTruly(exchange))
  }
}

/** Keeps the connection open and never answers; the server does nothing. */
export function silence(): Fault {
  return () => undefined
}

/** The connection is reset (RST) before the server does anything. */
export function reset(): Fault {
  return ({ response }) => void response.socket?.resetAndDestroy()
}

/** The server does its work, and the connection ends without an answer. */
export function answerLost(): Fault {
  return async ({ answer, response }) => {
    await answer()
    response.socket?.destroy()
  }
}

/** The true answer, cut in the middle of its body. */
export function cut(): Fault {
  return async ({ answer, response }) => {
    const { status: code, headers, body } = await answer()
    const bytes = Buffer.from(body)
    response.writeHead(code, { ...headers, 'Content-Length': bytes.length })
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy())
  }
}

/** The true answer under a `Content-Length` that is off by so many bytes. */
export function wrongLength(by: number): Fault {
  return async ({ answer, response }) => {
    const { status: code, headers, body } = await answer()
    const bytes = Buffer.from(body)
    const lines = Object.entries({ ...headers, 'Content-Length': bytes.length + by }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    response.socket?.end(Buffer.concat([Buffer.from([`HTTP/1.1 ${code} OK`, ...lines, '', ''].join('\r\n')), bytes]))
  }
}

/** Bytes that are no text, as JSON. */
export function garbage(length = 4096): Fault {
  return ({ send }) => send(raw('application/json', Buffer.alloc(length, Buffer.from([0, 255, 27, 7, 200]))))
}

/** A body without an end in sight, `mebibytes` of it at most. */
export function flood(mebibytes = 64): Fault {
  return ({ response }) => pour(response, mebibytes, false)
}

/** Small on the wire and `mebibytes` when unpacked. */
export function gzipBomb(mebibytes = 32): Fault {
  return ({ response }) => pour(response, mebibytes, true)
}

/** The true answer with its JSON changed, such as a number where a text belongs. */
export function rewrite(change: (document: Record<string, unknown>) => unknown): Fault {
  return async ({ answer, send }) => {
    const { status: code, headers, body } = await answer()
    const document = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>
    send({ ...json(code, change(document)), headers })
  }
}

/** An error text that repeats the token it was sent, as some proxies do. */
export function echoToken(code = 400): Fault {
  return ({ request, send }) =>
    send(json(code, { errors: [`token ${String(request.headers['x-vault-token'])} is bad`] }))
}

/** An error text that moves the cursor, rings, and starts a line of its own. */
export function controlCharacters(code = 400): Fault {
  return status(code, 'red \u001b[31malert\u0007\r\nlevel=info forged line\u2028\u202etxt')
}

async function answerTruly({ answer, send }: Parameters<Fault>[0]): Promise<void> {
  send(await answer())
}

function withHeaders(to: Reply, headers: Readonly<Record<string, string>>): Reply {
  return { ...to, headers: { ...to.headers, ...headers } }
}

async function pour(response: Parameters<Fault>[0]['response'], mebibytes: number, isPacked: boolean): Promise<void> {
  const encoding = isPacked ? { 'Content-Encoding': 'gzip' } : {}
  response.writeHead(200, { 'Content-Type': 'application/json', ...encoding })
  const chunk = Buffer.alloc(64 * 1024, 'a')
  const source = Readable.from(Array.from({ length: mebibytes * 16 }, () => chunk))
  // The client is expected to hang up in the middle.
  await (isPacked ? pipeline(source, createGzip(), response) : pipeline(source, response)).catch(() => undefined)
}
