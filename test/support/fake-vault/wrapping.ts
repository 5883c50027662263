import { randomBytes } from 'node:crypto'
import type { Call, Endpoint } from './engine.ts'
import { Parameters } from './parameters.ts'
import { Refusal } from './reply.ts'

interface Wrapped {
  readonly creationPath: string
  readonly data: Readonly<Record<string, unknown>>
  readonly madeAt: Date
}

/** Answers that were wrapped; each can be taken out once. */
export class Wrapping {
  readonly #wrapped = new Map<string, Wrapped>()

  constructor(private readonly now: () => Date) {}

  /** As `X-Vault-Wrap-TTL` does it for a request to `creationPath`; the wrapping token. */
  wrap(creationPath: string, data: Readonly<Record<string, unknown>>): string {
    const token = `hvs.CAESI${randomBytes(40).toString('hex')}`
    this.#wrapped.set(token, { creationPath, data, madeAt: this.now() })
    return token
  }

  /** Below `sys/`. */
  get endpoints(): readonly Endpoint<Call>[] {
    const lookup = ({ parameters, clientToken }: Call) => {
      const { creationPath, madeAt } = this.#find(tokenOf(parameters, clientToken))
      return { data: { creation_path: creationPath, creation_time: madeAt.toISOString(), creation_ttl: 60 } }
    }
    const unwrap = ({ parameters, clientToken }: Call) => {
      const token = tokenOf(parameters, clientToken)
      const { data } = this.#find(token)
      this.#wrapped.delete(token)
      return { data }
    }
    return [
      { pattern: /^wrapping\/lookup$/, handlers: { update: lookup } },
      { pattern: /^wrapping\/unwrap$/, handlers: { update: unwrap } },
    ]
  }

  #find(token: string): Wrapped {
    const found = this.#wrapped.get(token)
    if (found) return found
    throw new Refusal(400, 'wrapping token is not valid or does not exist')
  }
}

function tokenOf(parameters: Call['parameters'], clientToken: string | undefined): string {
  const token = new Parameters(parameters, { token: 'text' }).text('token') || (clientToken ?? '')
  if (token === '') throw new Refusal(403, 'error validating wrapping token: token is empty')
  return token
}
