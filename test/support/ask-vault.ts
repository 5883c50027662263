import * as http from 'node:http'
import * as https from 'node:https'

export interface VaultReply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: VaultDocument | undefined
}

/** What Vault's answers have in common. */
export interface VaultDocument {
  readonly errors?: readonly string[]
  readonly warnings?: readonly string[] | null
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly auth?: Readonly<Record<string, unknown>> | null
  readonly lease_id?: string
  readonly mount_type?: string
  readonly [key: string]: unknown
}

export interface VaultQuestion {
  readonly method: string
  /** What follows the address, such as `/v1/sys/health`. */
  readonly path: string
  /** A string or bytes are sent as they are, anything else as JSON; undefined sends no body. */
  readonly body?: unknown
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly tls?: https.RequestOptions
}

/** One request by Node's own client, each on a connection of its own; `unix:///path` addresses work too. */
export async function askVault(address: string, question: VaultQuestion): Promise<VaultReply> {
  const sent = bodyOf(question.body)
  const request = send(address, question, {
    ...(question.token === undefined ? {} : { 'X-Vault-Token': question.token }),
    ...(sent === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(sent.length) }),
    'X-Vault-Request': 'true',
    ...question.headers,
  })
  request.end(sent)
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) }
}

function send(address: string, question: VaultQuestion, headers: Record<string, string>): http.ClientRequest {
  const common = { method: question.method, path: question.path, headers, agent: false } as const
  const url = new URL(address)
  if (url.protocol === 'unix:') return http.request({ ...common, socketPath: url.pathname, host: 'localhost' })
  const target = { ...common, host: url.hostname, port: url.port }
  return url.protocol === 'https:' ? https.request({ ...target, ...question.tls }) : http.request(target)
}

function bodyOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(JSON.stringify(body))
}

function parse(text: string): VaultDocument | undefined {
  try {
    return JSON.parse(text) as VaultDocument
  } catch {
    return undefined
  }
}
