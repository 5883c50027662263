import type { Operation } from './policies.ts'
import type { Answer, Reply } from './reply.ts'
import type { Token } from './token.ts'

/** A request that has passed authentication and policy. */
export interface Call {
  /** What follows `/v1/`. */
  readonly path: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** As it was sent; nobody has looked at it. */
  readonly clientToken?: string | undefined
  /** Seconds for which the answer shall be wrapped; 0 or absent: not at all. */
  readonly wrapTtl?: number
}

export interface AuthenticatedCall extends Call {
  readonly token: Token
}

/** `captured` are the named groups of the endpoint's pattern. */
export type Handler<C extends Call> = (
  call: C,
  captured: Readonly<Record<string, string>>,
) => Answer | Reply | Promise<Answer | Reply>

export interface Endpoint<C extends Call> {
  /** Of the whole path below the mount. */
  readonly pattern: RegExp
  readonly handlers: Readonly<Partial<Record<Operation, Handler<C>>>>
}

/** What is mounted at a path and answers below it. */
export interface Engine {
  /** With a trailing slash. */
  readonly mountPath: string
  /** As answers show it in `mount_type`. */
  readonly type: string
  readonly endpoints: readonly Endpoint<AuthenticatedCall>[]
  /** Answered without looking at the token; nothing else of the mount is tried for paths that `isOpen` names. */
  readonly openEndpoints: readonly Endpoint<Call>[]
  isOpen(path: string): boolean
}
