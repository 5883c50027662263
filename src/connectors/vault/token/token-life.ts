import { Duration } from '../../../core/duration.ts'
import { renewalDelay } from './renewal-schedule.ts'
import type { TokenFacts, TokenGrant } from './token-api.ts'

/** What is known of a token at one moment. Times are the server's, so a wrong clock of this host spoils no verdict. */
export interface TokenLife {
  /** As of now: `ttl`, `expiresAt` and `renewable` follow each grant. */
  readonly facts: TokenFacts
  readonly asOf: Date
  /** The end that a grant shorter than the one asked for lets expect. */
  readonly inferredEnd: Date | null
  /** A short grant was once followed by one that ended later: this server just gives short leases. */
  readonly givesShortLeases: boolean
}

export interface EndOfLife {
  /** Null where no time is known: a periodic token, or one that ends with its uses. */
  readonly at: Date | null
  /** `mount-or-role-max` is inferred from what was granted; `none` when no end is known. */
  readonly why: 'explicit-max-ttl' | 'mount-or-role-max' | 'not-renewable' | 'uses-left' | 'period' | 'none'
}

/** Grants are cut off to seconds. */
const truncation = Duration.ofSeconds(1)

/** Two reckonings of one end differ by the truncation and by the way to the server and back. */
const sameEnd = Duration.ofSeconds(2)

/** `now` counts for a token that never expires; of any other the answer itself tells the server's time. */
export function lifeAtLookup(facts: TokenFacts, now: Date): TokenLife {
  const asOf = facts.expiresAt === null ? now : facts.ttl.before(facts.expiresAt)
  return { facts, asOf, inferredEnd: null, givesShortLeases: false }
}

/** A later look-up tells of the token itself; what its grants have shown of the server stays known. */
export function lifeAtLaterLookup(life: TokenLife, facts: TokenFacts, now: Date): TokenLife {
  const { inferredEnd, givesShortLeases } = life
  const fresh = lifeAtLookup(facts, now)
  const isRefuted = inferredEnd === null || (facts.expiresAt !== null && sameEnd.after(inferredEnd) < facts.expiresAt)
  return { ...fresh, inferredEnd: isRefuted ? null : inferredEnd, givesShortLeases }
}

/** `asked` is what the operator wants each grant to be, `elapsed` the time from the last look-up or grant to this one. */
export function lifeAfterGrant(
  life: TokenLife,
  grant: TokenGrant,
  elapsed: Duration,
  asked: Duration | undefined,
): TokenLife {
  const asOf = elapsed.after(life.asOf)
  const expiresAt = grant.lease.after(asOf)
  const facts = { ...life.facts, ttl: grant.lease, expiresAt, renewable: grant.renewable, lastRenewalAt: asOf }
  const isShort = grant.lease.isLessThan(fullGrant(life.facts, asked).minus(truncation))
  const before = life.inferredEnd ?? life.facts.expiresAt
  const hasGrown = before !== null && sameEnd.after(before) < expiresAt
  const givesShortLeases = life.givesShortLeases || (isShort && life.inferredEnd !== null && hasGrown)
  const isCapped = isShort && !(givesShortLeases && hasGrown)
  return { facts, asOf, inferredEnd: isCapped ? expiresAt : null, givesShortLeases }
}

/** What a renewal that nothing limits grants; a period overrules any increment. */
export function fullGrant(facts: TokenFacts, asked: Duration | undefined): Duration {
  return facts.period ?? asked ?? facts.creationTtl
}

/**
 * What to send with a renewal. Never nothing for a token without a period: Vault would repeat its last grant, and one
 * capped or small grant would stay small for ever.
 */
export function incrementFor(facts: TokenFacts, asked: Duration | undefined): Duration | undefined {
  if (asked !== undefined) return asked
  return facts.period === null && facts.creationTtl.isPositive ? facts.creationTtl : undefined
}

/** Why the token will end however it is renewed, and when if that is known. */
export function endOfLife({ facts, inferredEnd }: TokenLife): EndOfLife {
  if (facts.expiresAt === null) return { at: null, why: facts.usesLeft === null ? 'none' : 'uses-left' }
  if (!facts.renewable) return { at: facts.expiresAt, why: 'not-renewable' }
  const explicit = explicitEnd(facts)
  if (inferredEnd !== null && (explicit === null || sameEnd.after(inferredEnd) < explicit)) {
    return { at: inferredEnd, why: 'mount-or-role-max' }
  }
  if (explicit !== null) return { at: explicit, why: 'explicit-max-ttl' }
  if (facts.usesLeft !== null) return { at: null, why: 'uses-left' }
  return { at: null, why: facts.period === null ? 'none' : 'period' }
}

/** Whether both are one end, told twice. */
export function isSameEnd(one: Date, other: Date): boolean {
  return Math.abs(one.getTime() - other.getTime()) <= sameEnd.milliseconds
}

/** When renewal is next due by the regular cadence; null when there is nothing to renew. */
export function nextRenewalAt({ facts, asOf }: TokenLife): Date | null {
  return facts.expiresAt === null || !facts.renewable ? null : renewalDelay(facts.ttl).after(asOf)
}

function explicitEnd(facts: TokenFacts): Date | null {
  return facts.explicitMaxTtl === null || facts.issuedAt === null ? null : facts.explicitMaxTtl.after(facts.issuedAt)
}
