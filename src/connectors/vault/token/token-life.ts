import { Duration } from '../../../core/duration.ts'
import { renewalDelay } from './renewal-schedule.ts'
import type { TokenFacts, TokenGrant } from './token-api.ts'

/** What is known of a token at one moment. Times are the server's, so a wrong clock of this host spoils no verdict. */
export interface TokenLife {
  /** As of now: `ttl`, `expiresAt` and `renewable` follow each grant. */
  readonly facts: TokenFacts
  readonly asOf: Date
  /** What its mount allows from issue to end; null while nobody has read it, or its grants have shown another. */
  readonly mountMax: Duration | null
  /** The end that a grant shorter than the one asked for lets expect. */
  readonly inferredEnd: Date | null
  /** A short grant was once followed by one that ended later: this server just gives short leases. */
  readonly givesShortLeases: boolean
}

export interface EndOfLife {
  /** Null where no time is known: a periodic token, or one that ends with its uses or with its parent. */
  readonly at: Date | null
  readonly why: EndReason
  /** Concluded from what was granted; the server named no such time. */
  readonly isInferred: boolean
}

/**
 * `mount-max-ttl` was read from the server, where a role may yet grant less; `mount-or-role-max` is inferred. `parent`: it
 * ends when the token does that made it, whatever is renewed. `none`: no end is known.
 */
export type EndReason =
  | 'explicit-max-ttl'
  | 'mount-max-ttl'
  | 'mount-or-role-max'
  | 'not-renewable'
  | 'uses-left'
  | 'parent'
  | 'period'
  | 'none'

/** Grants are cut off to seconds. */
const truncation = Duration.ofSeconds(1)

/** Two reckonings of one end differ by the truncation and by the way to the server and back. */
const sameEnd = Duration.ofSeconds(2)

/** `now` counts for a token that never expires; of any other the answer itself tells the server's time. */
export function lifeAtLookup(facts: TokenFacts, now: Date): TokenLife {
  const asOf = facts.expiresAt === null ? now : facts.ttl.before(facts.expiresAt)
  return { facts, asOf, mountMax: null, inferredEnd: null, givesShortLeases: false }
}

/** Whether the end would be known, or nearer, if the maximum of its mount were: a period knows no such end, and a use is not spent on it. */
export function isMountMaxOfUse({ expiresAt, renewable, period, usesLeft, issuedAt, path }: TokenFacts): boolean {
  const isLimited = expiresAt !== null && renewable && period === null && issuedAt !== null
  return isLimited && usesLeft === null && path?.startsWith('auth/') === true
}

export function lifeUnderMountMax(life: TokenLife, mountMax: Duration): TokenLife {
  return unlessOutlived({ ...life, mountMax })
}

/** A later look-up tells of the token itself; what its grants have shown of the server stays known. */
export function lifeAtLaterLookup(life: TokenLife, facts: TokenFacts, now: Date): TokenLife {
  const { mountMax, inferredEnd, givesShortLeases } = life
  const fresh = lifeAtLookup(facts, now)
  const isRefuted = inferredEnd === null || (facts.expiresAt !== null && sameEnd.after(inferredEnd) < facts.expiresAt)
  return unlessOutlived({ ...fresh, mountMax, inferredEnd: isRefuted ? null : inferredEnd, givesShortLeases })
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
  const usesLeft = life.facts.usesLeft === null ? null : life.facts.usesLeft - 1
  const changed = { ttl: grant.lease, expiresAt, renewable: grant.renewable, usesLeft, lastRenewalAt: asOf }
  const facts = { ...life.facts, ...changed }
  const isShort = grant.lease.isLessThan(fullGrant(life.facts, asked).minus(truncation))
  const before = life.inferredEnd ?? life.facts.expiresAt
  const hasGrown = before !== null && sameEnd.after(before) < expiresAt
  const givesShortLeases = life.givesShortLeases || (isShort && life.inferredEnd !== null && hasGrown)
  const isCapped = isShort && !(givesShortLeases && hasGrown)
  const { mountMax } = life
  return unlessOutlived({ facts, asOf, mountMax, inferredEnd: isCapped ? expiresAt : null, givesShortLeases })
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
export function endOfLife(life: TokenLife): EndOfLife {
  const { facts, inferredEnd } = life
  if (facts.expiresAt === null) return unknownEnd(facts.usesLeft === null ? 'none' : 'uses-left')
  if (!facts.renewable) return { at: facts.expiresAt, why: 'not-renewable', isInferred: false }
  const told = toldEnd(life)
  if (inferredEnd !== null && (told === null || sameEnd.after(inferredEnd) < told.at)) {
    return { at: inferredEnd, why: 'mount-or-role-max', isInferred: true }
  }
  if (told !== null) return { ...told, isInferred: false }
  if (facts.usesLeft !== null) return unknownEnd('uses-left')
  if (!facts.orphan) return unknownEnd('parent')
  return unknownEnd(facts.period === null ? 'none' : 'period')
}

/** Whether both are one end, told twice. */
export function isSameEnd(one: Date, other: Date): boolean {
  return Math.abs(one.getTime() - other.getTime()) <= sameEnd.milliseconds
}

/** When renewal is next due by the regular cadence; null when there is nothing to renew. */
export function nextRenewalAt({ facts, asOf }: TokenLife): Date | null {
  return facts.expiresAt === null || !facts.renewable ? null : renewalDelay(facts.ttl).after(asOf)
}

/** The nearer of the ends that the server names. */
function toldEnd(life: TokenLife): { readonly at: Date; readonly why: EndReason } | null {
  const [explicit, mount] = [explicitEnd(life.facts), mountEnd(life)]
  if (mount !== null && (explicit === null || mount < explicit)) return { at: mount, why: 'mount-max-ttl' }
  return explicit === null ? null : { at: explicit, why: 'explicit-max-ttl' }
}

function explicitEnd({ explicitMaxTtl, issuedAt }: TokenFacts): Date | null {
  return explicitMaxTtl === null || issuedAt === null ? null : explicitMaxTtl.after(issuedAt)
}

/** A period is cut by the maximum of the mount, and then goes on for ever. */
function mountEnd({ facts: { period, issuedAt }, mountMax }: TokenLife): Date | null {
  return mountMax === null || period !== null || issuedAt === null ? null : mountMax.after(issuedAt)
}

/** The maximum of a mount can be raised: a lease beyond it shows that it was. */
function unlessOutlived(life: TokenLife): TokenLife {
  const { expiresAt } = life.facts
  const end = mountEnd(life)
  const isOutlived = end !== null && expiresAt !== null && sameEnd.after(end) < expiresAt
  return isOutlived ? { ...life, mountMax: null } : life
}

function unknownEnd(why: EndReason): EndOfLife {
  return { at: null, why, isInferred: false }
}
