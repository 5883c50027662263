import * as z from 'zod/mini'
import type { Clock } from '../../core/clock.ts'
import { Duration, formatDuration } from '../../core/duration.ts'
import { ProtocolError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { noteToken } from '../../core/tokens-in-use.ts'
import type { HttpClient, HttpReply, HttpRequest } from '../../http/http-client.ts'
import { parseRetryAfter } from '../../http/retry-after.ts'
import { cleanReply, errorTexts, excerptOf, parseJson, redact } from './answers/reply-text.ts'
import { isPermanentFailure } from './answers/refusal-texts.ts'
import type { Asked } from './answers/refusal.ts'
import { refusalError } from './answers/vault-errors.ts'

/** Beyond this a clock is wrong rather than the network slow; certificates are backdated by 30 s. */
const toleratedSkew = Duration.ofSeconds(60)

export interface VaultCall extends Omit<HttpRequest, 'headers' | 'path' | 'isFinal'> {
  readonly path: string
  readonly purpose: Asked['purpose']
  /** As in `role "web"`; the server itself when absent. */
  readonly object?: string
  readonly unauthenticated?: boolean
  /** What the body holds of secrets, blanked in what comes back like the token. */
  readonly secrets?: readonly Secret[]
  /** The answer is kept by the server for so long, for one who has the token that comes in its place. */
  readonly wrapTtl?: Duration
  /** For paths of the server itself, which refuse a namespace (`sys/health`). */
  readonly withoutNamespace?: boolean
}

/** How a server is reached and as whom; made anew when credentials are read again. */
export interface VaultConnection {
  readonly http: HttpClient
  /** As shown to the operator. */
  readonly server: string
  readonly namespace: string | undefined
  readonly token: Secret
  /** Ends its open connections. */
  readonly close?: () => void
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

  get namespace(): string | undefined {
    return this.#connection.namespace
  }

  get token(): Secret {
    return this.#connection.token
  }

  holds(token: Secret): boolean {
    return this.#connection.token.equals(token)
  }

  /** The same server asked with another token. */
  withToken(token: Secret): VaultClient {
    return new VaultClient({ ...this.#connection, token }, this.#clock)
  }

  /** The same way with another token, from the next call on. */
  useToken(token: Secret): void {
    this.#connection = { ...this.#connection, token }
  }

  /** From the next call on; answers with what was used before. */
  use(connection: VaultConnection): VaultConnection {
    const before = this.#connection
    this.#connection = connection
    return before
  }

  /** How far this host's clock is ahead of the server's, as its replies are dated; undefined while none had a date. */
  get clockSkew(): Duration | undefined {
    return this.#skew
  }

  /** Says how far this host's clock is from the server's, when that is too far; known after the first reply. */
  get clockWarning(): string | undefined {
    if (!this.#skew || Math.abs(this.#skew.milliseconds) < toleratedSkew.milliseconds) return undefined
    const distance = formatDuration(Duration.ofMilliseconds(Math.abs(this.#skew.milliseconds)))
    const direction = this.#skew.isPositive ? 'ahead of' : 'behind'
    return `this host's clock is ${distance} ${direction} that of ${this.server}; times shown and renewals planned here are off by that`
  }

  async call<Schema extends z.ZodMiniType>(call: VaultCall, schema: Schema): Promise<z.infer<Schema>> {
    const reply = await this.send(call)
    return cleanReply(this.#checked(reply, schema, this.#asked(call)), this.#secretsOf(call))
  }

  /** The same for a call whose answer says nothing but that it was done. */
  async send(call: VaultCall): Promise<HttpReply> {
    noteToken(this.#connection.token)
    const reply = await this.#connection.http.send({
      ...requestOf(call),
      path: `v1/${call.path}`,
      headers: this.#headers(call),
      isFinal: ({ text }) => isPermanentFailure(errorTexts(text) ?? []),
    })
    this.#compareClocks(reply)
    if (reply.status >= 200 && reply.status <= 299) return reply
    const secrets = this.#secretsOf(call)
    throw refusalError(
      {
        status: reply.status,
        errors: errorTexts(reply.text)?.map((text) => redact(text, secrets)),
        excerpt: excerptOf(reply.text, secrets),
        retryAfter: parseRetryAfter(reply.headers.get('retry-after') ?? '', this.#clock.now()),
      },
      this.#asked(call),
    )
  }

  #asked({ purpose, object, path }: VaultCall): Asked {
    return { purpose, object: object ?? this.server, path, server: this.server }
  }

  #secretsOf({ secrets = [] }: VaultCall): readonly Secret[] {
    return [this.#connection.token, ...secrets]
  }

  #headers({ unauthenticated, withoutNamespace, wrapTtl }: VaultCall): Record<string, string> {
    const { namespace, token } = this.#connection
    return {
      'x-vault-request': 'true',
      ...(unauthenticated !== true && token.reveal() !== '' ? { 'x-vault-token': token.reveal() } : {}),
      ...(withoutNamespace !== true && namespace !== undefined ? { 'x-vault-namespace': namespace } : {}),
      ...(wrapTtl === undefined ? {} : { 'x-vault-wrap-ttl': `${Math.ceil(wrapTtl.seconds)}s` }),
    }
  }

  /** A reply of the wrong shape is never shown: half a reply of a login or of `issue/` holds a secret. */
  #checked<Schema extends z.ZodMiniType>(reply: HttpReply, schema: Schema, asked: Asked): z.infer<Schema> {
    const parsed = parseJson(reply.text)
    if (parsed === undefined) {
      throw unreadable(reply, asked, reply.text === '' ? 'without a body' : 'with a body that is not JSON')
    }
    const result = z.safeParse(schema, parsed)
    if (result.success) return result.data
    const places = result.error.issues.map((issue) => issue.path.join('.') || 'the body').slice(0, 3)
    throw unreadable(reply, asked, `in an unknown form: ${places.join(', ')} not as expected`)
  }

  #compareClocks(reply: HttpReply): void {
    const date = reply.headers.get('date') ?? ''
    const server = date.endsWith(' GMT') ? Date.parse(date) : Number.NaN
    if (Number.isNaN(server)) return
    const midway = reply.elapsed.times(0.5).before(this.#clock.now())
    this.#skew = Duration.between(new Date(server), midway)
  }
}

function requestOf({ method, repeat, body, timeout, signal }: VaultCall): Omit<HttpRequest, 'path'> {
  return {
    method,
    repeat,
    ...(body === undefined ? {} : { body }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { signal }),
  }
}

function unreadable({ status }: HttpReply, { server, path, purpose }: Asked, how: string): ProtocolError {
  const advice = 'check --address or VAULT_ADDR; a proxy may answer in the place of Vault'
  const isRenewal = purpose === 'token-renewal'
  return new ProtocolError(`${server} answers ${status} to ${path} ${how}`, {
    code: 'unreadable-reply',
    facts: { status },
    // Vault itself answers 204 when the role of a cert login is gone.
    hint: isRenewal ? `nothing was renewed: log in again if the role of the login is gone, or ${advice}` : advice,
  })
}
