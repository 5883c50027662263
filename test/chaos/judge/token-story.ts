import type { LogLine } from '../../support/keep-alive-run.ts'

// Times are milliseconds since the epoch: server, program and test run on one host.

export interface Span {
  readonly from: number
  readonly to: number
}

/** The server promised so many seconds, at some instant between the two. */
export interface Grant {
  readonly askedAt: number
  readonly answeredAt: number
  readonly seconds: number
}

/** What somebody saw at some instant between the two. */
export interface Sight<Seen> {
  readonly askedAt: number
  readonly answeredAt: number
  readonly seen: Seen
}

/** What befell one token and what the program that kept it said meanwhile. */
export interface TokenStory {
  /** The creation first. */
  readonly grants: readonly Grant[]
  /** The explicit max TTL ends it there. */
  readonly latestEnd: number | undefined
  readonly revokedAt: number | undefined
  /** When something was wrong with the server or the way to it. */
  readonly closures: readonly Span[]
  /** When the machine stood still. */
  readonly stalls: readonly Span[]
  /** Whether the server knew the token, by its accessor. */
  readonly looks: readonly Sight<boolean>[]
  readonly scrapes: readonly Sight<Readonly<Record<string, number>>>[]
  readonly log: readonly LogLine[]
  readonly requests: readonly number[]
  /** `at`: when the program was asked to stop, after which it owes nothing to the token, or else when it was seen to be over. */
  readonly end: { readonly at: number; readonly code: number | null; readonly isAsked: boolean }
}

export function earliestEnd({ askedAt, seconds }: Grant): number {
  return askedAt + seconds * 1000
}

export function latestEndOf({ answeredAt, seconds }: Grant): number {
  return answeredAt + seconds * 1000
}
