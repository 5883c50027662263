import { Duration } from '../../../core/duration.ts'
import { UnavailableError } from '../../../core/errors.ts'
import type { LifecycleEnd } from '../../lifecycle.ts'
import type { Demands } from './demands.ts'
import { EndWarnings } from './end-warnings.ts'
import { FailureSeries } from './failure-series.ts'
import { KeptToken, type LookedUpToken } from './kept-token.ts'
import { earlierOf, laterOf, type Moment, momentAfter, momentNow, timeUntil, timeUntilForSure } from './moment.ts'
import { MountMaxQuestion } from './mount-max-question.ts'
import { isPassing, isUnanswered, mayHaveWorked, type PassingError } from './renewal-failure.ts'
import {
  attemptTimeout,
  firstRenewalDelay,
  minAttemptDistance,
  renewalDelay,
  retryDelay,
} from '../token/renewal-schedule.ts'
import type { RenewerSetup } from './renewer-setup.ts'
import { TokenDeniedError, type TokenFacts, type TokenGrant, TokenNotRenewableError } from '../token/token-api.ts'
import { endExpired, endNotRenewable, endWithNothingToRenew } from './token-end.ts'
import { incrementFor } from '../token/token-life.ts'
import { type NextTurn, restUntilDue } from './turn.ts'

/** The schedule sees to it that an attempt falls into this, unless the process was held up. */
const lastMoments = Duration.ofSeconds(2)

/** A successor is got with so much of a token's TTL left: time for a few tries when the first fails. */
const leadOfTtl = 1 / 5

/** The token is still good, but its end is near and another one can be got. */
export const successionDue = Symbol('succession due')

type End = LifecycleEnd | typeof successionDue

/** Keeps one token alive from its look-up to its end. */
export class TokenKeeper {
  readonly #setup: RenewerSetup
  readonly #demands: Demands
  readonly #token: KeptToken
  readonly #failures = new FailureSeries()
  readonly #warnings: EndWarnings
  readonly #mountMax: MountMaxQuestion
  #due: Moment
  #lastAttempt: Moment | undefined
  /** The server answers and will not renew it, though it lives. */
  #isRenewalRefused = false

  constructor(setup: RenewerSetup, demands: Demands, token: LookedUpToken) {
    this.#setup = setup
    this.#demands = demands
    this.#token = new KeptToken(setup.clock, setup.increment, token)
    this.#warnings = new EndWarnings(setup, this.#token)
    this.#mountMax = new MountMaxQuestion(setup, demands, this.#token, token.asked)
    this.#due = this.#slotAfter(token.asked, firstRenewalDelay(token.facts.ttl))
  }

  /** Throws Interruption, and whatever nobody expects of the API. */
  async keep(kind: 'started' | 'token-replaced'): Promise<End> {
    const { facts, expiresAt } = this.#token
    const isEndless = expiresAt === null || (!facts.renewable && !this.#setup.successor)
    const nextRenewalAt = isEndless ? null : this.#nextTurn.due.wall
    this.#setup.emit({ kind, ttl: facts.ttl, expiresAt, renewable: facts.renewable, nextRenewalAt })
    let end = this.#endUnlessRenewable('start')
    if (!end) this.#warnings.review(this.#usualLease)
    while (!end) {
      if (!this.#isSuccessionDue) await this.#rest()
      end = this.#isSuccessionDue ? successionDue : await this.#takeTurn()
    }
    return end
  }

  /** No login gave another token yet. */
  loginFails(): void {
    this.#warnings.warnIfDue()
  }

  /** Until when the token is good for certain. */
  get goodUntil(): Moment {
    return this.#token.lease.end
  }

  /** What a renewal gives, which at the start is more than what is left. */
  get #usualLease(): Duration {
    const { creationTtl, ttl } = this.#token.facts
    return Duration.max(creationTtl, ttl)
  }

  /** Until the next turn, with what there is to do on the way. */
  async #rest(): Promise<void> {
    const { clock } = this.#setup
    for (;;) {
      const turn = this.#nextTurn
      const errandDue = this.#errandBefore(turn.due)
      const isAside = errandDue !== undefined && !this.#demands.isRenewalWanted
      await restUntilDue(isAside ? { ...turn, due: errandDue, isEnd: false } : turn, clock, this.#demands)
      if (!isAside) return
      this.#warnings.warnIfDue()
      if (await this.#mountMax.askIfDue()) this.#warnings.review(this.#usualLease)
    }
  }

  #errandBefore(due: Moment): Moment | undefined {
    const errands = [this.#warnings.due, this.#mountMax.dueBefore(due)].filter((errand) => errand !== undefined)
    const [first, ...others] = errands.filter((errand) => errand.monotonic.isLessThan(due.monotonic))
    return first && others.reduce(earlierOf, first)
  }

  get #isSuccessionDue(): boolean {
    const succession = this.#succession
    if (!succession) return false
    const isWanted = this.#demands.isRenewalWanted && !this.#token.facts.renewable
    return isWanted || !timeUntil(succession, this.#setup.clock).isPositive
  }

  /** When to get the next token, where that can be done and the end of this one is known. */
  get #succession(): Moment | undefined {
    if (!this.#setup.successor) return undefined
    const { facts, knownEnd, lease } = this.#token
    const end = this.#mayGainByRenewal ? knownEnd : lease.end
    const lead = Duration.max(facts.creationTtl, facts.ttl).times(leadOfTtl)
    return end && momentAfter(end, Duration.zero.minus(lead))
  }

  /** Near its known end a renewal gives nothing, and takes what Vault cuts off to get whole seconds. */
  get #mayGainByRenewal(): boolean {
    const { facts, isAtKnownEnd } = this.#token
    return facts.renewable && !this.#isRenewalRefused && !isAtKnownEnd
  }

  get #nextTurn(): NextTurn {
    const due = this.#facingSuccession
    const isEnd = due === this.#token.lease.lastEnd
    return { due, isEnd, lastAttempt: this.#lastAttempt, leaseLeft: () => this.#token.lease.left }
  }

  get #facingSuccession(): Moment {
    const succession = this.#succession
    if (!succession) return this.#due
    return this.#token.facts.renewable && !this.#token.isAtKnownEnd ? earlierOf(this.#due, succession) : succession
  }

  #slotAfter(asked: Moment, delay: Duration): Moment {
    const { slots, api } = this.#setup
    return slots ? slots.take(api, asked, delay) : momentAfter(asked, delay)
  }

  async #takeTurn(): Promise<End | undefined> {
    const { lease, isAtKnownEnd, reasonOfDeath } = this.#token
    if (!lease.isOver || !this.#wasTriedAtTheEnd) return this.#attempt()
    if (this.#failures.count > 0) return endExpired(this.#setup.emit, this.#token, reasonOfDeath)
    return isAtKnownEnd ? this.#lookUpAtKnownEnd() : this.#attempt()
  }

  /** A process that was held up for long owes the token one more attempt before it calls it dead. */
  get #wasTriedAtTheEnd(): boolean {
    if (!this.#lastAttempt) return false
    return !lastMoments.isLessThan(this.#token.lease.lastEnd.monotonic.minus(this.#lastAttempt.monotonic))
  }

  async #attempt(): Promise<End | undefined> {
    const { api, clock, increment, pace } = this.#setup
    await this.#awaitTurnAtServer()
    const asked = momentNow(clock)
    this.#lastAttempt = asked
    this.#demands.takeRenewal()
    const wanted = incrementFor(this.#token.facts, increment)
    let grant: TokenGrant
    try {
      grant = await pace.ask(() => this.#demands.during((signal) => api.renewSelf(wanted, this.#call(signal))))
    } catch (error) {
      return this.#failed(error, asked)
    }
    return this.#granted(grant, asked)
  }

  async #granted(grant: TokenGrant, asked: Moment): Promise<End | undefined> {
    this.#token.granted(grant, asked)
    this.#failures.clear()
    this.#isRenewalRefused = false
    const end = this.#endUnlessRenewable('renewal')
    if (end) return end
    this.#due = this.#slotAfter(asked, renewalDelay(grant.lease))
    const expiresAt = this.#token.lease.end.wall
    this.#setup.emit({ kind: 'renewed', lease: grant.lease, expiresAt, nextRenewalAt: this.#nextTurn.due.wall })
    if (this.#token.isTimeDoubtful && this.#token.facts.usesLeft === null) await this.#lookUp()
    this.#mountMax.mayAskAgain(asked)
    this.#warnings.review(grant.lease)
    return undefined
  }

  async #failed(error: unknown, asked: Moment): Promise<End | undefined> {
    if (error instanceof TokenNotRenewableError) return this.#refused(error)
    if (!isPassing(error)) throw error
    this.#isRenewalRefused = !isUnanswered(error)
    if (mayHaveWorked(error)) this.#token.answerLost(asked, momentNow(this.#setup.clock))
    this.#tellFailure(error, this.#planRetry(error, asked))
    return error instanceof TokenDeniedError ? this.#lookUpAfterDenial() : undefined
  }

  /**
   * Past its max TTL a token lives for less than the second that Vault cuts off, unless the maximum was lowered. When a
   * renewal may have worked whose answer was lost, a look-up tells.
   */
  async #refused(error: TokenNotRenewableError): Promise<End | undefined> {
    const { emit, clock, successor } = this.#setup
    const { lease } = this.#token
    if (successor) {
      this.#tellFailure(error, null)
      return successionDue
    }
    const isLonger = lastMoments.isLessThan(timeUntilForSure(lease.end, clock))
    if (!error.pastMaxTtl || isLonger) return endNotRenewable(emit, this.#token, 'renewal', error)
    this.#tellFailure(error, null)
    const left = Duration.min(timeUntilForSure(lease.lastEnd, clock), lastMoments)
    if (left.isPositive) await this.#demands.during((signal) => clock.sleep(left, signal))
    return lease.isOver ? endExpired(emit, this.#token, 'max-ttl', error) : this.#lookUpAtKnownEnd()
  }

  /** When the next attempt will be; null when the token is dead by then. */
  #planRetry(error: PassingError, asked: Moment): Date | null {
    const { clock, random } = this.#setup
    const { lease } = this.#token
    const now = momentNow(clock)
    const delay = retryDelay({
      failures: this.#failures.count + 1,
      remaining: lease.left,
      sinceAttempt: now.monotonic.minus(asked.monotonic),
      retryAfter: error instanceof UnavailableError ? error.retryAfter : undefined,
      random: random(),
    })
    const next = momentAfter(now, delay)
    this.#due = earlierOf(lease.lastEnd, next)
    return this.#due === next ? next.wall : null
  }

  #tellFailure(error: PassingError | TokenNotRenewableError, nextAttemptAt: Date | null): void {
    const { lease } = this.#token
    const { isLoud } = this.#failures.add(error, lease.left)
    const failures = this.#failures.count
    this.#setup.emit({
      kind: 'renewal-failed',
      error,
      failures,
      loud: isLoud,
      expiresAt: lease.end.wall,
      nextAttemptAt,
    })
  }

  /** Denied: dead, or alive without the policy to renew itself, which may come back. */
  async #lookUpAfterDenial(): Promise<End | undefined> {
    const asked = momentNow(this.#setup.clock)
    const answer = await this.#lookUp()
    if (answer instanceof TokenDeniedError) {
      return endExpired(this.#setup.emit, this.#token, this.#token.reasonOfDeath, answer)
    }
    if (!answer) return undefined
    const soonest = momentAfter(this.#lastAttempt ?? asked, minAttemptDistance)
    this.#due = laterOf(soonest, earlierOf(this.#due, momentAfter(asked, renewalDelay(answer.ttl))))
    return this.#endUnlessRenewable('renewal')
  }

  /** There renewal can't help; a look-up tells the end without the count of a failure. */
  async #lookUpAtKnownEnd(): Promise<End | undefined> {
    const asked = (this.#lastAttempt = momentNow(this.#setup.clock))
    const answer = await this.#lookUp()
    if (answer instanceof TokenDeniedError || (!answer && this.#token.lease.isOver)) {
      return endExpired(this.#setup.emit, this.#token, 'max-ttl', answer)
    }
    if (!answer) {
      this.#due = this.#token.lease.lastEnd
      return undefined
    }
    // For a moment between its end and its removal the server still shows a token, as not renewable.
    if (!answer.renewable && !answer.ttl.isPositive) return endExpired(this.#setup.emit, this.#token, 'max-ttl')
    this.#due = momentAfter(asked, renewalDelay(answer.ttl))
    return this.#endUnlessRenewable('renewal')
  }

  /** What the token is now, the denial, or nothing when the server did not say. */
  async #lookUp(): Promise<TokenFacts | TokenDeniedError | undefined> {
    const { api, clock, pace } = this.#setup
    await this.#awaitTurnAtServer()
    const asked = momentNow(clock)
    try {
      const look = () => this.#demands.during((signal) => api.lookupSelf(this.#call(signal)))
      const facts = await pace.ask(look)
      this.#token.lookedUp({ facts, asked })
      return facts
    } catch (error) {
      if (error instanceof TokenDeniedError) return error
      if (isPassing(error)) return undefined
      throw error
    }
  }

  #awaitTurnAtServer(): Promise<void> {
    const { monotonic } = this.#token.lease.lastEnd
    return this.#demands.during((signal) => this.#setup.pace.turn(monotonic, signal))
  }

  #call(signal: AbortSignal): { timeout: Duration; repeat: boolean; signal: AbortSignal } {
    return { timeout: attemptTimeout(this.#token.lease.left, this.#setup.timeout), repeat: false, signal }
  }

  #endUnlessRenewable(when: 'start' | 'renewal'): End | undefined {
    if (this.#token.facts.expiresAt === null) return endWithNothingToRenew(this.#setup.emit)
    if (this.#token.facts.renewable || this.#setup.successor) return undefined
    return endNotRenewable(this.#setup.emit, this.#token, when)
  }
}
