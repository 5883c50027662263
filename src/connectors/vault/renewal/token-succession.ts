import { Duration } from '../../../core/duration.ts'
import { CertctlError } from '../../../core/errors.ts'
import type { Demands } from './demands.ts'
import { FailureSeries } from './failure-series.ts'
import type { LookedUpToken } from './kept-token.ts'
import { earlierOf, type Moment, momentAfter, momentNow, timeUntilForSure } from './moment.ts'
import { isNoVault, isUnanswered } from './renewal-failure.ts'
import {
  attemptTimeout,
  lastChance,
  loginDistance,
  minAttemptDistance,
  retryDelay,
  shortestUse,
  waitDelay,
} from '../token/renewal-schedule.ts'
import type { RenewerSetup, Successor } from './renewer-setup.ts'
import { restUntilDue } from './turn.ts'

/** The token that is to be succeeded. */
interface Predecessor {
  /** Until when it is good for certain. */
  readonly goodUntil: Moment
  /** Told of each failure. */
  loginFails(): void
}

interface FailedLogin {
  readonly error: CertctlError
  readonly asked: Moment
  /** Of the token so far. */
  readonly left: Duration
}

/** Gets one token after the other, each when the one before it nears its end. */
export class Succession {
  readonly #setup: RenewerSetup
  readonly #successor: Successor
  readonly #demands: Demands
  #lastLogin: Moment | undefined
  #hurried = 0

  constructor(setup: RenewerSetup, successor: Successor, demands: Demands) {
    this.#setup = setup
    this.#successor = successor
    this.#demands = demands
  }

  /**
   * Tries again while the server is away. Refused credentials are tried again too while the token so far is good: somebody
   * may put others in their place. After that the refusal is thrown.
   */
  async next(predecessor: Predecessor | undefined): Promise<LookedUpToken> {
    await this.#keepDistance(predecessor?.goodUntil)
    const { clock, pace } = this.#setup
    const goodUntil = predecessor?.goodUntil
    const failures = new FailureSeries()
    for (;;) {
      await this.#demands.during((signal) => pace.turn(goodUntil?.monotonic, signal))
      const asked = momentNow(clock)
      this.#demands.takeRenewal()
      try {
        const timeout = this.#timeoutWhile(goodUntil)
        const logIn = () => this.#demands.during((signal) => this.#successor.takeNewToken({ timeout, signal }))
        const facts = await pace.ask(logIn)
        this.#lastLogin = momentNow(clock)
        return { facts, asked }
      } catch (error) {
        if (!(error instanceof CertctlError)) throw error
        const left = goodUntil ? timeUntilForSure(goodUntil, clock) : Duration.zero
        if (!left.isPositive && !(isUnanswered(error) && !isNoVault(error))) throw error
        await this.#waitAfter({ error, asked, left }, failures, predecessor)
      }
    }
  }

  /** A server that hangs must leave time for another try before the token so far ends. */
  #timeoutWhile(goodUntil: Moment | undefined): Duration {
    const { clock, timeout } = this.#setup
    const left = goodUntil ? timeUntilForSure(goodUntil, clock) : Duration.zero
    return left.isPositive ? attemptTimeout(left, timeout) : timeout
  }

  /**
   * Tokens that are over as soon as they are made must not become a storm of logins. One that is good for longer than the
   * shortest distance does not have to end for that.
   */
  async #keepDistance(goodUntil: Moment | undefined): Promise<void> {
    const { clock } = this.#setup
    const last = this.#lastLogin
    if (!last) return
    const isHurried = clock.monotonic().minus(last.monotonic).isLessThan(shortestUse)
    this.#hurried = isHurried ? this.#hurried + 1 : 0
    const spaced = momentAfter(last, loginDistance(this.#hurried))
    const isOfUse = goodUntil && minAttemptDistance.isLessThan(goodUntil.monotonic.minus(last.monotonic))
    const due = isOfUse ? earlierOf(spaced, momentAfter(goodUntil, Duration.zero.minus(lastChance))) : spaced
    await restUntilDue({ due, isEnd: false, lastAttempt: last, leaseLeft: undefined }, clock, this.#demands)
  }

  async #waitAfter(
    { error, asked, left }: FailedLogin,
    failures: FailureSeries,
    predecessor: Predecessor | undefined,
  ): Promise<void> {
    const { clock, random, emit } = this.#setup
    const { isLoud } = failures.add(error, left.isPositive ? left : undefined)
    const now = momentNow(clock)
    const failed = {
      failures: failures.count,
      retryAfter: isUnanswered(error) && 'retryAfter' in error ? error.retryAfter : undefined,
      random: random(),
    }
    const sinceAttempt = now.monotonic.minus(asked.monotonic)
    const delay = left.isPositive ? retryDelay({ ...failed, remaining: left, sinceAttempt }) : waitDelay(failed)
    const due = momentAfter(now, delay)
    emit({ kind: 'login-failed', error, failures: failures.count, loud: isLoud, nextAttemptAt: due.wall })
    predecessor?.loginFails()
    await restUntilDue({ due, isEnd: false, lastAttempt: asked, leaseLeft: undefined }, clock, this.#demands)
  }
}
