import { expect } from 'vitest'
import { CertctlError } from '../../../../../src/core/errors.ts'
import { Duration } from '../../../../../src/core/duration.ts'
import { Secret } from '../../../../../src/core/secret.ts'
import type { HttpClient, HttpReply, HttpRequest } from '../../../../../src/http/http-client.ts'
import { VaultClient, type VaultConnection } from '../../../../../src/connectors/vault/vault-client.ts'
import { FakeClock } from '../../../../support/fake-clock.ts'

export const server = 'https://vault.corp:8200'
export const token = 'hvs.CAESIJplantedplantedplanted'

export interface Answer {
  readonly status?: number
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly elapsed?: Duration
}

/** Answers each request by the next answer, the last of them from then on; an error is thrown. */
export class ScriptedVault implements HttpClient {
  readonly requests: HttpRequest[] = []
  readonly clock = new FakeClock(new Date('2026-03-01T12:00:00Z'))
  readonly #answers: readonly (Answer | Error)[]

  constructor(...answers: readonly (Answer | Error)[]) {
    this.#answers = answers
  }

  send(request: HttpRequest): Promise<HttpReply> {
    request.signal?.throwIfAborted()
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length - 1)] ?? {}
    this.requests.push(request)
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(replyOf(answer))
  }

  connection(changes: Partial<VaultConnection> = {}): VaultConnection {
    return { http: this, server, namespace: undefined, token: new Secret(token), ...changes }
  }

  client(changes: Partial<VaultConnection> = {}): VaultClient {
    return new VaultClient(this.connection(changes), this.clock)
  }
}

function replyOf({ status = 200, body = '', headers = {}, elapsed = Duration.zero }: Answer): HttpReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, text, headers: new Map(Object.entries(headers)), elapsed }
}

/** The CertctlError that the promise is rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<CertctlError> {
  const error: unknown = await promise.then(
    (value) => expect.fail(`no error, but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  )
  if (error instanceof CertctlError) return error
  throw new Error('no CertctlError came', { cause: error })
}

/** `data` of a look-up, as a Vault writes it. */
export const lookupData = {
  accessor: 'acc',
  creation_time: 1772366400,
  creation_ttl: 3600,
  display_name: 'token-web',
  entity_id: '',
  expire_time: '2026-03-01T12:59:30.123456789Z',
  explicit_max_ttl: 0,
  id: token,
  issue_time: '2026-03-01T11:59:30Z',
  meta: null,
  num_uses: 0,
  orphan: true,
  path: 'auth/token/create',
  policies: ['default', 'web'],
  renewable: true,
  ttl: 3570,
  type: 'service',
}
