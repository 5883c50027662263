import { Duration } from '../../../../../src/core/duration.ts'
import type { TokenFacts, TokenGrant } from '../../../../../src/connectors/vault/token/token-api.ts'
import { lifeAtLookup, type TokenLife } from '../../../../../src/connectors/vault/token/token-life.ts'

export const now = new Date('2026-01-01T00:00:00Z')
export const s = (seconds: number): Duration => Duration.ofSeconds(seconds)
export const at = (seconds: number): Date => s(seconds).after(now)

/** A token of an hour, just made, as the server tells it; the server's clock is right unless told otherwise. */
export function factsOf(changes: Partial<TokenFacts> = {}): TokenFacts {
  const ttl = changes.ttl ?? s(3600)
  return {
    accessor: 'accessor',
    displayName: 'token',
    type: 'service',
    policies: ['default'],
    expiresAt: ttl.after(now),
    renewable: true,
    creationTtl: s(3600),
    period: null,
    explicitMaxTtl: null,
    usesLeft: null,
    orphan: true,
    issuedAt: now,
    lastRenewalAt: null,
    entityId: null,
    role: null,
    path: null,
    warnings: [],
    ...changes,
    ttl,
  }
}

export const lifeOf = (changes: Partial<TokenFacts> = {}): TokenLife => lifeAtLookup(factsOf(changes), now)

export const grantOf = (lease: number, renewable = true): TokenGrant => ({ lease: s(lease), renewable, warnings: [] })
