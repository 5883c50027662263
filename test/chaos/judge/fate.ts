import { earliestEnd, type Grant, latestEndOf, type Span, type TokenStory } from './token-story.ts'

export type Fate =
  | { readonly is: 'alive' }
  /** The machine stood still when it mattered, or Vault broke its word: nobody can be held to anything. */
  | { readonly is: 'unknown' }
  /** Some instant between the two. */
  | {
      readonly is: 'dead'
      readonly why: 'max-ttl' | 'ttl' | 'revoked' | 'neglected'
      readonly from: number
      readonly to: number
    }

/** Near its maximum a lease is cut off to seconds, and a renewal there would gain less than that. */
export const truncation = 2000

/** A way that is open for this long at the end of a lease is all that the program may ask for. */
const enough = 2000

/** The end of a process is seen a moment late, and that of a token by two clocks. */
const slack = 150

/** A token that it renews in its very last moments Vault may have begun to revoke, and some seconds later it is gone. */
const edge = 300

/** What the server's rules and the way to it made of the token, whatever the program says. */
export function fateOf({ grants, latestEnd, revokedAt, closures, stalls, end }: TokenStory): Fate {
  if (revokedAt !== undefined && revokedAt < end.at)
    return { is: 'dead', why: 'revoked', from: revokedAt, to: revokedAt }
  const last = grants.at(-1)!
  const [from, to] = [earliestEnd(last), latestEndOf(last)]
  if (end.at < from - slack) return end.code === 4 && isRenewedAtTheEdge(grants) ? { is: 'unknown' } : { is: 'alive' }
  const isAtMaximum = latestEnd !== undefined && to > latestEnd - truncation
  const fellOn = (spans: readonly Span[]) => spans.some((span) => span.from < from && span.to > from - enough)
  const wasShut = fellOn(closures)
  if (!isAtMaximum && !wasShut && fellOn(stalls)) return { is: 'unknown' }
  return { is: 'dead', why: isAtMaximum ? 'max-ttl' : wasShut ? 'ttl' : 'neglected', from, to }
}

function isRenewedAtTheEdge(grants: readonly Grant[]): boolean {
  const [before, last] = grants.slice(-2)
  return before !== undefined && last !== undefined && last.answeredAt > earliestEnd(before) - edge
}
