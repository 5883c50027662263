import * as z from 'zod/mini'
import type { Clock } from '../../core/clock.ts'
import { Duration, formatDuration } from '../../core/duration.ts'
import { ProtocolError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Secret } from '../../core/secret.ts'
import type { HttpClient, HttpReply, HttpRequest } from '../../http/http-client.ts'
import { parseRetryAfter } from '../../http/retry-after.ts'
import { type Asked, isPermanentFailure, refusalError } from './vault-errors.ts'
import { errorReply } from './vault-replies.ts'

/** Of an answer that is not Vault's, an error shows this much at most. */
const excerptLength = 120

/** Beyond this a clock is wrong rather than the network slow; certificates are backdated by 30 s. */
const toleratedSkew = Duration.ofSeconds(60)

export interface VaultCall extends Omit<HttpRequest, 'headers' | 'path' | 'isFinal'> {
  readonly path: string
  readonly purpose: Asked['purpose']
  /** As in `role "web"`; the server itself when absent. */
  readonly object?: string
  readonly unauthenticated?: boolean
}

/** How a server is reached and as whom; made anew when credentials are read again. */
export interface VaultConnection {
  readonly http: HttpClient
  /** As shown to the operator. */
  readonly server: string
  readonly namespace: string | undefined
  readonly token: Secret
}

/** Sends Vault's headers, answers with a checked reply or the error that the refusal means. */
export class VaultClient {
  #connection: VaultConnection
  readonly #clock: Clock
  #skew: Duration | undefined

  constructor(connection: VaultConnection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  get server(): string {
    return this.#connection.server
  }

  holds(token: Secret): boolean {
    return this.#connection.token.equals(token)
  }

  /** From the next call on. */
  use(connection: VaultConnection): void {
    this.#connection = connection
  }

  /** Says how far this host's clock is from the server's, when that is too far; known after the first reply. */
  get clockWarning(): string | undefined {
    if (!this.#skew || Math.abs(this.#skew.milliseconds) < toleratedSkew.milliseconds) return undefined
    const distance = formatDuration(Duration.ofMilliseconds(Math.abs(this.#skew.milliseconds)))
    const direction = this.#skew.isPositive ? 'ahead of' : 'behind'
    return `this host's clock is ${distance} ${direction} that of ${this.server}; times shown and renewals planned here are off by that`
  }

  async call<Schema extends z.ZodMiniType>(call: VaultCall, schema: Schema): Promise<z.infer<Schema>> {
    const { path, purpose, object, unauthenticated, ...request } = call
    const { http, token } = this.#connection
    const asked = { purpose, object: object ?? this.server, path, server: this.server }
    const reply = await http.send({
      ...request,
      path: `v1/${path}`,
      headers: this.#headers(unauthenticated === true ? undefined : token),
      isFinal: ({ text }) => isPermanentFailure(errorsOf(text) ?? []),
    })
    this.#compareClocks(reply)
    const clean = (text: string): string => printable(token.redactFrom(text))
    if (reply.status < 200 || reply.status > 299) {
      throw refusalError(
        {
          status: reply.status,
          errors: errorsOf(reply.text)?.map((text) => token.redactFrom(text)),
          excerpt: clean(reply.text.trim()).slice(0, excerptLength),
          retryAfter: parseRetryAfter(reply.headers.get('retry-after') ?? '', this.#clock.now()),
        },
        asked,
      )
    }
    return this.#checked(reply, schema, asked, clean)
  }

  #headers(token: Secret | undefined): Record<string, string> {
    const { namespace } = this.#connection
    return {
      'x-vault-request': 'true',
      ...(token === undefined ? {} : { 'x-vault-token': token.reveal() }),
      ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
    }
  }

  /** A reply of the wrong shape is never shown: half a reply of a login or of `issue/` holds a secret. */
  #checked<Schema extends z.ZodMiniType>(
    reply: HttpReply,
    schema: Schema,
    asked: Asked,
    clean: (text: string) => string,
  ): z.infer<Schema> {
    const facts = { status: reply.status }
    const parsed = parseJson(reply.text)
    if (parsed === undefined) {
      const what = reply.text === '' ? 'without a body' : 'with a body that is not JSON'
      throw new ProtocolError(`${asked.server} answers ${reply.status} to ${asked.path} ${what}`, {
        code: 'unreadable-reply',
        facts,
        hint: 'check --address or VAULT_ADDR; a proxy may answer in the place of Vault',
      })
    }
    const result = z.safeParse(schema, parsed)
    if (result.success) return withCleanWarnings(result.data, clean)
    const places = result.error.issues.map((issue) => issue.path.join('.') || 'the body').slice(0, 3)
    throw new ProtocolError(
      `${asked.server} answers ${reply.status} to ${asked.path} in an unknown form: ${places.join(', ')} not as expected`,
      { code: 'unreadable-reply', facts, hint: 'check that the address is that of a Vault or OpenBao server' },
    )
  }

  #compareClocks(reply: HttpReply): void {
    const server = Date.parse(reply.headers.get('date') ?? '')
    if (Number.isNaN(server)) return
    const midway = reply.elapsed.times(0.5).before(this.#clock.now())
    this.#skew = Duration.between(new Date(server), midway)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function errorsOf(text: string): readonly string[] | undefined {
  const result = z.safeParse(errorReply, parseJson(text))
  return result.success ? (result.data.errors ?? []) : undefined
}

function withCleanWarnings<Data>(data: Data, clean: (text: string) => string): Data {
  if (typeof data !== 'object' || data === null || !('warnings' in data) || !Array.isArray(data.warnings)) return data
  return { ...data, warnings: [...new Set(data.warnings.map((warning) => clean(String(warning))))] }
}
