import { Duration } from '../../../core/duration.ts'
import { Lease } from './lease.ts'
import { earlierOf, type Moment, momentAfter, timeUntil } from './moment.ts'
import type { ExpiryReason } from './renewer-event.ts'
import type { WatchedClock } from './watched-clock.ts'
import type { TokenFacts, TokenGrant } from '../token/token-api.ts'
import {
  endOfLife,
  fullGrant,
  lifeAfterGrant,
  lifeAtLaterLookup,
  lifeAtLookup,
  lifeUnderMountMax,
  type EndOfLife,
  type TokenLife,
} from '../token/token-life.ts'
import { warningTime } from '../token/warning-time.ts'

/** A token and when its look-up was asked for. */
export interface LookedUpToken {
  readonly facts: TokenFacts
  readonly asked: Moment
}

/** This close to its end, a token that is denied has ended. */
const nearness = Duration.ofSeconds(1)

/** Of the server's clock in a look-up, either way, and of what it then tells, down. */
const rounding = Duration.ofMilliseconds(500)
const cutOff = Duration.ofSeconds(1)

/** A lease that is cut off to seconds still reaches up to the known end. */
const truncation = Duration.ofSeconds(2)

/**
 * What a look-up tells is left. Vault reckons it from its clock rounded to the nearest second, and cuts it off to seconds; a
 * grant is exact.
 */
function leaseByLookup(clock: WatchedClock, { facts: { ttl }, asked }: LookedUpToken): Lease {
  return new Lease(clock, asked, ttl.minus(rounding), ttl.plus(rounding).plus(cutOff))
}

/**
 * By so much the end that is reckoned from a look-up may come too early: by what that leaves open, the way of its answer, and
 * what a renewal may reach beyond a maximum, of which Vault cuts the times off to seconds too.
 */
function doubtOfKnownEnd(clock: WatchedClock, asked: Moment): Duration {
  return clock.monotonic().minus(asked.monotonic).plus(rounding).plus(cutOff).plus(cutOff)
}

/** The model of a token's life on this host's clocks. */
export class KeptToken {
  readonly #clock: WatchedClock
  readonly #increment: Duration | undefined
  #life: TokenLife
  #asOf: Moment
  #lease: Lease
  #endDoubt: Duration
  #isTimeDoubtful = false

  constructor(clock: WatchedClock, increment: Duration | undefined, { facts, asked }: LookedUpToken) {
    this.#clock = clock
    this.#increment = increment
    this.#life = lifeAtLookup(facts, asked.wall)
    this.#asOf = asked
    this.#lease = leaseByLookup(clock, { facts, asked })
    this.#endDoubt = doubtOfKnownEnd(clock, asked)
  }

  get life(): TokenLife {
    return this.#life
  }

  get facts(): TokenFacts {
    return this.#life.facts
  }

  get lease(): Lease {
    return this.#lease
  }

  /** Null: it never expires. */
  get expiresAt(): Date | null {
    return this.facts.expiresAt === null ? null : this.#lease.end.wall
  }

  /** The host slept, or its clock was set: only a look-up tells how much of the server's time has passed. */
  get isTimeDoubtful(): boolean {
    return this.#isTimeDoubtful
  }

  granted(grant: TokenGrant, asked: Moment): void {
    const elapsed = asked.monotonic.minus(this.#asOf.monotonic)
    this.#isTimeDoubtful ||= !asked.elapsed.minus(this.#asOf.elapsed).minus(elapsed).isLessThan(nearness)
    this.#life = lifeAfterGrant(this.#life, grant, elapsed, this.#increment)
    this.#asOf = asked
    this.#lease = new Lease(this.#clock, asked, grant.lease)
  }

  lookedUp({ facts, asked }: LookedUpToken): void {
    this.#life = lifeAtLaterLookup(this.#life, facts, asked.wall)
    this.#isTimeDoubtful = false
    this.#asOf = asked
    this.#lease = leaseByLookup(this.#clock, { facts, asked })
    this.#endDoubt = doubtOfKnownEnd(this.#clock, asked)
  }

  /**
   * The answer to a renewal was lost at `lostAt`. What was asked for after the certain end counts for nothing: that would
   * be a guess upon a guess, and a server that swallows every request would keep a dead token alive for ever.
   */
  answerLost(asked: Moment, lostAt: Moment): void {
    if (!asked.monotonic.isLessThan(this.#lease.end.monotonic)) return
    const full = momentAfter(lostAt, fullGrant(this.facts, this.#increment))
    const known = this.knownEnd && momentAfter(this.knownEnd, this.#endDoubt)
    this.#lease.mayReach(known ? earlierOf(full, known) : full)
  }

  /** Whether the lease already goes up to an end that renewal can't move. */
  get isAtKnownEnd(): boolean {
    const known = this.knownEnd?.monotonic
    return known !== undefined && !this.#lease.end.monotonic.plus(truncation).isLessThan(known)
  }

  /** Why a token that the server denies, or that ran out, is dead. */
  get reasonOfDeath(): ExpiryReason {
    if (this.knownEnd && this.#isNear(this.knownEnd)) return 'max-ttl'
    if (!this.#isNear(this.#lease.end)) return 'revoked'
    return this.isAtKnownEnd ? 'max-ttl' : 'ttl'
  }

  /** A time of the server's as this host's clock will show it. */
  onThisHost(time: Date): Moment {
    return momentAfter(this.#asOf, Duration.between(this.#life.asOf, time))
  }

  mountAllows(max: Duration): void {
    this.#life = lifeUnderMountMax(this.#life, max)
  }

  get end(): EndOfLife {
    return endOfLife(this.#life)
  }

  /** When to warn of the known end. */
  warningDue(warnBefore: Duration | undefined): Moment | undefined {
    const time = warningTime(this.#life, { warnBefore, asked: this.#increment })
    return time === null ? undefined : this.onThisHost(time)
  }

  /** The end that renewal cannot move, as this host's clocks will show it. */
  get knownEnd(): Moment | undefined {
    const { at } = this.end
    return at === null ? undefined : this.onThisHost(at)
  }

  #isNear(moment: Moment): boolean {
    return !nearness.isLessThan(timeUntil(moment, this.#clock))
  }
}
