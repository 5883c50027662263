import type { Call, Endpoint, Engine } from './engine.ts'
import type { Operation, Policies } from './policies.ts'
import { readBody } from './request-body.ts'
import { type Answer, Refusal, type Reply, envelope, isReply, multierror, noContent, refusal } from './reply.ts'
import type { SysStatus } from './sys-status.ts'
import type { TokenStore } from './token-store.ts'
import type { Token } from './token.ts'
import { readWrapTtl, type Wrapping } from './wrapping.ts'

export interface CoreRequest {
  readonly method: string
  /** From the slash on, decoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly token: string | undefined
  /** `X-Vault-Wrap-TTL`. */
  readonly wrapTtl?: string | undefined
  readonly contentType: string
  readonly body: Buffer
}

const operations: Readonly<Record<string, Operation>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'update',
  PUT: 'update',
  DELETE: 'delete',
  LIST: 'list',
}

/** Answers a request in Vault's order: seal, body, open paths, token, uses, policy, mount, path, method. */
export class Core {
  constructor(
    private readonly status: SysStatus,
    private readonly tokens: TokenStore,
    private readonly policies: Policies,
    private readonly engines: () => readonly Engine[],
    private readonly wrapping: Wrapping,
  ) {}

  async answer(request: CoreRequest): Promise<Reply> {
    try {
      return await this.#answer(request)
    } catch (error) {
      if (error instanceof Refusal) return refusal(error.status, error.errors)
      throw error
    }
  }

  async #answer(request: CoreRequest): Promise<Reply> {
    if (!request.path.startsWith('/v1/')) return redirectToUi()
    const path = request.path.slice('/v1/'.length)
    const isOpenSys = /^sys\/(?:health|seal-status|leader|init|unseal)$/.test(path)
    const body = isOpenSys && request.method !== 'PUT' && request.method !== 'POST' ? {} : readBody(request)
    const answered = this.status.answer(request.method, path, body, request.query)
    if (answered) return answered
    if (this.status.state !== 'unsealed') throw new Refusal(503, 'Vault is sealed')
    if (path === 'sys/seal') return this.#seal(request)
    const operation = request.query.get('list') === 'true' ? 'list' : operations[request.method]
    if (!operation) throw new Refusal(405)
    if (operation === 'update' && path.endsWith('/')) throw new Refusal(400, "cannot write to a path ending in '/'")
    // Vault lists folders, and adds the slash by itself.
    const folder = operation === 'list' && !path.endsWith('/') ? `${path}/` : path
    return this.#route(
      request,
      {
        path: folder,
        clientToken: request.token,
        wrapTtl: readWrapTtl(request.wrapTtl),
        parameters: { ...Object.fromEntries(request.query), ...body },
      },
      operation,
    )
  }

  async #route(request: CoreRequest, call: Call, operation: Operation): Promise<Reply> {
    const engine = this.engines().find(({ mountPath }) => call.path.startsWith(mountPath))
    const below = call.path.slice(engine?.mountPath.length ?? 0)
    if (engine?.isOpen(below)) {
      const answer = await run(engine.openEndpoints, below, operation, call, (problem) => problem)
      return this.#reply(answer, call, '')
    }
    const token = this.#authenticate(request.token)
    this.tokens.spend(token)
    try {
      if (!this.policies.allows(token.policies, call.path, operation))
        throw new Refusal(403, multierror('permission denied'))
      if (!engine) throw new Refusal(404, `no handler for route ${JSON.stringify(call.path)}. route entry not found.`)
      const answer = await run(engine.endpoints, below, operation, { ...call, token }, (problem) => multierror(problem))
      refuseLeaseOnLastUse(answer, token)
      return this.#reply(answer, call, engine.type)
    } finally {
      this.tokens.finish(token)
    }
  }

  #reply(answer: Answer | Reply, { path, wrapTtl = 0 }: Call, mountType: string): Reply {
    if (isReply(answer)) return answer
    return wrapTtl > 0 ? this.wrapping.wrapAnswer(path, answer, wrapTtl) : envelope(answer, mountType)
  }

  #authenticate(id: string | undefined): Token {
    if (id === undefined || id === '') throw new Refusal(403, 'permission denied')
    const token = this.tokens.find(id)
    if (!token) throw new Refusal(403, multierror('permission denied', 'invalid token'))
    return token
  }

  #seal(request: CoreRequest): Reply {
    if (operations[request.method] !== 'update') throw new Refusal(405)
    const token = this.#authenticate(request.token)
    if (!token.policies.includes('root')) throw new Refusal(403, multierror('permission denied'))
    this.status.state = 'sealed'
    return noContent()
  }
}

async function run<C extends Call>(
  endpoints: readonly Endpoint<C>[],
  below: string,
  operation: Operation,
  call: C,
  wrap: (problem: string) => string,
): Promise<Answer | Reply> {
  const endpoint = endpoints.find(({ pattern }) => pattern.test(below))
  if (!endpoint) throw new Refusal(404, wrap('unsupported path'))
  const handler = endpoint.handlers[operation]
  if (!handler) throw new Refusal(405, wrap('unsupported operation'))
  const groups = Object.entries(endpoint.pattern.exec(below)?.groups ?? {})
  return handler(call, Object.fromEntries(groups.filter(([, value]) => (value as string | undefined) !== undefined)))
}

function refuseLeaseOnLastUse(answer: Answer | Reply, token: Token): void {
  if (isReply(answer) || !answer.lease || token.usesLeft !== -1) return
  const problem = 'Secret cannot be returned; token had one use left, so leased credentials were immediately revoked.'
  throw new Refusal(400, problem)
}

function redirectToUi(): Reply {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', Location: '/ui/' }
  return { status: 307, headers, body: '<a href="/ui/">Temporary Redirect</a>.\n\n' }
}
