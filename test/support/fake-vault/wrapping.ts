import { randomBytes } from 'node:crypto'
import type { AuthenticatedCall, Call, Endpoint } from './engine.ts'
import { parseGoDuration } from './go-duration.ts'
import { Parameters } from './parameters.ts'
import { type Answer, type Reply, Refusal, envelope, json } from './reply.ts'

interface Wrapped {
  readonly creationPath: string
  readonly answer: Answer
  readonly madeAt: Date
  /** Seconds. */
  readonly ttl: number
}

/** Answers that were wrapped; each can be taken out once, while its time runs. */
export class Wrapping {
  readonly #wrapped = new Map<string, Wrapped>()

  constructor(private readonly now: () => Date) {}

  /** As `X-Vault-Wrap-TTL` does it for a request to `creationPath`; the wrapping token. */
  wrap(creationPath: string, data: Readonly<Record<string, unknown>>): string {
    return this.#keep({ creationPath, answer: { data }, madeAt: this.now(), ttl: 60 })
  }

  /** What is sent in the place of an answer whose request asked for it. */
  wrapAnswer(creationPath: string, answer: Answer, ttl: number): Reply {
    const madeAt = this.now()
    const token = this.#keep({ creationPath, answer, madeAt, ttl })
    const info = { token, accessor: randomBytes(12).toString('hex'), ttl, creation_time: madeAt.toISOString() }
    return json(200, {
      request_id: '',
      lease_id: '',
      renewable: false,
      lease_duration: 0,
      data: null,
      wrap_info: {
        ...info,
        creation_path: creationPath,
        ...(answer.auth ? { wrapped_accessor: answer.auth.accessor } : {}),
      },
      warnings: null,
      auth: null,
      mount_type: '',
    })
  }

  /** Below `sys/`, for everybody. */
  get openEndpoints(): readonly Endpoint<Call>[] {
    const lookup = ({ parameters, clientToken }: Call) => {
      const { creationPath, madeAt, ttl } = this.#find(tokenOf(parameters, clientToken))
      return { data: { creation_path: creationPath, creation_time: madeAt.toISOString(), creation_ttl: ttl } }
    }
    const unwrap = ({ parameters, clientToken }: Call) => {
      const token = tokenOf(parameters, clientToken)
      const { answer } = this.#find(token)
      this.#wrapped.delete(token)
      return envelope(answer, 'system')
    }
    return [
      { pattern: /^wrapping\/lookup$/, handlers: { update: lookup } },
      { pattern: /^wrapping\/unwrap$/, handlers: { update: unwrap } },
    ]
  }

  /** Below `sys/`, for those whose policy allows it. */
  get endpoints(): readonly Endpoint<AuthenticatedCall>[] {
    const wrap = ({ parameters, wrapTtl }: AuthenticatedCall) => {
      if (!wrapTtl) throw new Refusal(400, 'endpoint requires response wrapping to be used')
      return { data: parameters }
    }
    return [{ pattern: /^wrapping\/wrap$/, handlers: { update: wrap } }]
  }

  #keep(wrapped: Wrapped): string {
    const token = `hvs.CAESI${randomBytes(40).toString('hex')}`
    this.#wrapped.set(token, wrapped)
    return token
  }

  #find(token: string): Wrapped {
    const found = this.#wrapped.get(token)
    if (found && this.now().getTime() < found.madeAt.getTime() + found.ttl * 1000) return found
    throw new Refusal(400, 'wrapping token is not valid or does not exist')
  }
}

/** Seconds that `X-Vault-Wrap-TTL` asks for; none is 0. */
export function readWrapTtl(header: string | undefined): number {
  if (header === undefined) return 0
  const ttl = wrapTtlOf(header)
  if (ttl < 0) throw new Refusal(400, 'error parsing X-Vault-Wrap-TTL header: requested wrap ttl cannot be negative')
  return ttl
}

function wrapTtlOf(header: string): number {
  try {
    return parseGoDuration(header)
  } catch (error) {
    throw new Refusal(400, `error parsing X-Vault-Wrap-TTL header: ${(error as Error).message}`)
  }
}

function tokenOf(parameters: Call['parameters'], clientToken: string | undefined): string {
  const token = new Parameters(parameters, { token: 'text' }).text('token') || (clientToken ?? '')
  if (token === '') throw new Refusal(403, 'error validating wrapping token: token is empty')
  return token
}
