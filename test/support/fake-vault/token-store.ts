import { randomBytes } from 'node:crypto'
import type { Policies } from './policies.ts'
import { Refusal } from './reply.ts'
import type { TokenCreation } from './token-creation.ts'
import { type GrantedTtl, grantTtl } from './token-ttl.ts'
import { type Token, describeGrant } from './token.ts'

export interface TokenGrant {
  readonly auth: Record<string, unknown>
  readonly warnings: readonly string[]
}

const systemTtl = 768 * 3600

/** The tokens of one server: made, found while they live, renewed, spent, revoked with all that hangs on them. */
export class TokenStore {
  readonly root: Token
  /** Seconds; the lowest maximum that a mount may be tuned to applies at creation and at the next renewal. */
  maxTtl = systemTtl
  readonly #tokens = new Map<string, Token>()

  constructor(
    rootId: string,
    private readonly policies: Policies,
    private readonly now: () => Date,
  ) {
    const template = { id: rootId, type: 'service', policies: ['root'], meta: null, displayName: 'token' } as const
    const lifeless = { ttl: 0, explicitMaxTtl: 0, period: 0, numUses: 0, renewable: false, orphan: true } as const
    this.root = this.#add({ ...template, ...lifeless, warnings: [] }, undefined, 'auth/token/create', undefined)
  }

  /** The token while it lives; undefined when it is unknown, expired, revoked or used up. */
  find(id: string): Token | undefined {
    const token = this.#tokens.get(id)
    if (token?.expiresAt && token.expiresAt <= this.now()) this.revoke(token)
    return this.#tokens.get(id)
  }

  findByAccessor(accessor: string): Token | undefined {
    const found = [...this.#tokens.values()].find((token) => token.accessor === accessor && accessor !== '')
    return found && this.find(found.id)
  }

  create(asked: TokenCreation, parent: Token, path: string): TokenGrant {
    if (asked.id !== '' && this.#tokens.has(asked.id))
      throw new Refusal(400, 'cannot create a token with a duplicate ID')
    const ttl = this.#creationTtl(asked, parent)
    const token = this.#add(asked, asked.orphan ? undefined : parent, path, ttl?.seconds)
    const unknown = asked.policies.filter((name) => !this.policies.has(name))
    const warnings = [
      ...(ttl?.warnings ?? []),
      ...unknown.map((name) => `Policy "${name}" does not exist`),
      ...(asked.id === '' ? [] : [weakHash]),
      ...asked.warnings,
    ]
    return { auth: describeGrant(token, ttl?.seconds ?? 0), warnings }
  }

  renew(token: Token, increment: number): TokenGrant {
    if (token.type === 'batch') throw new Refusal(400, 'batch tokens cannot be renewed')
    if (!token.renewable || !token.expiresAt) throw new Refusal(400, 'lease is not renewable')
    const granted = this.#grant(token, increment, token.issuedAt)
    const now = this.now()
    token.lastGrant = granted.seconds
    token.lastRenewedAt = now
    token.expiresAt = after(now, granted.seconds)
    return { auth: describeGrant(token, granted.seconds), warnings: granted.warnings }
  }

  /** Counts one use of a limited token; the last one is marked by -1 until `finish`. */
  spend(token: Token): void {
    if (token.usesLeft > 0) token.usesLeft = token.usesLeft === 1 ? -1 : token.usesLeft - 1
  }

  /** Ends a token whose last use this was. */
  finish(token: Token): void {
    if (token.usesLeft === -1) this.revoke(token)
  }

  revoke(token: Token): void {
    this.#tokens.delete(token.id)
    token.parent?.children.delete(token)
    for (const end of token.leases.splice(0)) end()
    for (const child of [...token.children]) this.revoke(child)
  }

  #creationTtl(asked: TokenCreation, parent: Token): GrantedTtl | undefined {
    if (asked.policies.includes('root') && asked.ttl === 0 && asked.period === 0) {
      if (!parent.expiresAt) return undefined
      throw new Refusal(400, 'expiring root tokens cannot create non-expiring root tokens')
    }
    return this.#grant({ ...asked, lastGrant: 0 }, asked.ttl, this.now())
  }

  #grant(
    token: { readonly period: number; readonly explicitMaxTtl: number; readonly lastGrant: number },
    wanted: number,
    issuedAt: Date,
  ): GrantedTtl {
    return grantTtl({
      wanted,
      ifNotWanted: token.lastGrant || Math.min(systemTtl, this.maxTtl),
      period: token.period,
      explicitMax: token.explicitMaxTtl,
      maxTtl: this.maxTtl,
      issuedAt,
      now: this.now(),
    })
  }

  #add(asked: TokenCreation, parent: Token | undefined, path: string, ttl: number | undefined): Token {
    // A batch token is all in its text, with whole seconds only.
    const issuedAt = asked.type === 'batch' ? new Date(Math.floor(this.now().getTime() / 1000) * 1000) : this.now()
    const token: Token = {
      ...asked,
      id: asked.id || newTokenId(asked),
      accessor: asked.type === 'batch' ? '' : randomText(24),
      renewable: asked.renewable && ttl !== undefined,
      path,
      parent,
      children: new Set(),
      leases: [],
      issuedAt,
      creationTtl: ttl ?? 0,
      lastGrant: ttl ?? 0,
      usesLeft: asked.numUses,
      expiresAt: ttl === undefined ? undefined : after(issuedAt, ttl),
      lastRenewedAt: undefined,
    }
    parent?.children.add(token)
    this.#tokens.set(token.id, token)
    return token
  }
}

const weakHash =
  'Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.'

/** Root tokens are short; others carry a signed part and are long, batch tokens longer still. */
function newTokenId({ type, policies }: TokenCreation): string {
  if (type === 'batch') return `hvb.AAAAAQ${randomText(132)}`
  return policies.includes('root') ? `hvs.${randomText(24)}` : `hvs.CAESI${randomText(86)}`
}

function randomText(length: number): string {
  return randomBytes(length * 2)
    .toString('base64')
    .replace(/[^a-zA-Z0-9]/g, '')
    .slice(0, length)
}

function after(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000)
}
