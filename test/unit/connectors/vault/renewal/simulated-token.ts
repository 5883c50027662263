import { Duration } from '../../../../../src/core/duration.ts'
import { ConnectionError } from '../../../../../src/http/http-client.ts'
import {
  type TokenApi,
  type TokenCall,
  TokenDeniedError,
  type TokenFacts,
  type TokenGrant,
  TokenNotRenewableError,
} from '../../../../../src/connectors/vault/token/token-api.ts'
import type { SteppedClock } from './stepped-clock.ts'

/**
 * What is wrong with a call: `refused` before anything was sent, `hung` until the timeout, `lost` after the server did
 * its part, `stuck` for ever and deaf to the signal, or an error that the server answers with.
 */
export type Fault = 'refused' | 'hung' | 'lost' | 'stuck' | Error

export interface TokenMade {
  readonly ttl: number
  readonly age?: number
  readonly explicitMax?: number
  readonly maxTtl?: number
  readonly period?: number
  readonly isRenewable?: boolean
  readonly neverExpires?: boolean
  /** For so long after its end the server still shows it, as not renewable. */
  readonly removalDelay?: number
}

export interface Call {
  readonly at: number
  readonly increment?: Duration | undefined
  readonly timeout: Duration | undefined
  readonly repeat: boolean | undefined
}

/**
 * One token as Vault keeps it, on the clock of the test; numbers are seconds. A lease is looked up by a rounded clock; what is
 * left until the maximum is reckoned from times that are cut off to seconds, so that a renewal may reach beyond it.
 */
export class SimulatedToken implements TokenApi {
  readonly lookups: Call[] = []
  readonly renewals: Call[] = []
  /** When its mount was asked for. */
  readonly mountQuestions: number[] = []
  /** Asked before each call. */
  fault: (path: 'lookup' | 'renewal', call: Call) => Fault | undefined = () => undefined
  mayRenewItself = true
  isRenewable: boolean
  /** What the server grants at most, whatever is asked for. */
  longestGrant = Infinity
  maxTtl: number
  /** What is told to who asks for the maximum of the mount. */
  mountMax: () => Promise<Duration | null> = () => Promise.resolve(null)
  readonly #clock: SteppedClock
  readonly #made: TokenMade
  readonly #issuedAt: number
  #end: number

  constructor(clock: SteppedClock, made: TokenMade) {
    this.#clock = clock
    this.#made = made
    this.#issuedAt = clock.secondsElsewhere - (made.age ?? 0)
    this.#end = this.#issuedAt + made.ttl
    this.isRenewable = made.isRenewable ?? true
    this.maxTtl = made.maxTtl ?? Infinity
  }

  get isAlive(): boolean {
    return this.#made.neverExpires === true || this.#clock.secondsElsewhere < this.#end + (this.#made.removalDelay ?? 0)
  }

  get secondsLeft(): number {
    return this.#end - this.#clock.secondsElsewhere
  }

  /** Until no renewal helps. */
  get secondsUntilMax(): number {
    return this.#issuedAt + this.#maximum - this.#clock.secondsElsewhere
  }

  /** Somebody else renewed it, or cut it short. */
  endIn(seconds: number): void {
    this.#end = this.#clock.secondsElsewhere + seconds
  }

  revoke(): void {
    this.#end = 0
  }

  lookupSelf(call: TokenCall = {}): Promise<TokenFacts> {
    return this.#answer('lookup', this.lookups, call, undefined, () => {
      this.#throwIfDead()
      return this.#facts()
    })
  }

  renewSelf(increment: Duration | undefined, call: TokenCall = {}): Promise<TokenGrant> {
    return this.#answer('renewal', this.renewals, call, increment, () => {
      this.#throwIfDead()
      if (!this.mayRenewItself) throw new TokenDeniedError('the server denies the token: permission denied')
      return this.#renew(increment)
    })
  }

  mountMaxTtl(): Promise<Duration | null> {
    this.mountQuestions.push(this.#clock.seconds)
    return this.mountMax()
  }

  async #answer<Answer>(
    path: 'lookup' | 'renewal',
    calls: Call[],
    { timeout, repeat, signal }: TokenCall,
    increment: Duration | undefined,
    act: () => Answer,
  ): Promise<Answer> {
    const call = { at: this.#clock.seconds, increment, timeout, repeat }
    calls.push(call)
    const fault = this.fault(path, call)
    if (fault === undefined) return act()
    if (fault instanceof Error) throw fault
    if (fault === 'refused') throw new ConnectionError('refused', false, { code: 'connection-refused' })
    if (fault === 'stuck') return new Promise(() => undefined)
    if (fault === 'lost') act()
    await this.#clock.sleep(timeout ?? Duration.ofSeconds(30), signal)
    signal?.throwIfAborted()
    const text = `no reply within ${timeout?.seconds ?? 30} s`
    throw new ConnectionError(text, true, { code: 'timeout' })
  }

  #renew(increment: Duration | undefined): TokenGrant {
    if (!this.isRenewable) throw new TokenNotRenewableError('the token is not renewable: lease is not renewable', false)
    const left = this.#maximum - Math.floor(this.#clock.secondsElsewhere) + Math.floor(this.#issuedAt)
    if (left <= 0) {
      throw new TokenNotRenewableError('the token is not renewable: past the max TTL, cannot renew', true)
    }
    const wanted = this.#made.period ?? increment?.seconds ?? this.#made.ttl
    const lease = Math.floor(Math.min(wanted, left, this.longestGrant))
    this.#end = this.#clock.secondsElsewhere + lease
    return { lease: Duration.ofSeconds(lease), renewable: true, warnings: [] }
  }

  get #maximum(): number {
    return Math.min(this.maxTtl, this.#made.explicitMax ?? Infinity)
  }

  #throwIfDead(): void {
    if (!this.isAlive) throw new TokenDeniedError('the server denies the token: permission denied; invalid token')
  }

  #facts(): TokenFacts {
    const { ttl, period, explicitMax, neverExpires } = this.#made
    const limit = (seconds: number | undefined) => (seconds === undefined ? null : Duration.ofSeconds(seconds))
    const left = neverExpires ? 0 : Math.max(0, this.#end - this.#clock.secondsElsewhere)
    const leftByRoundedClock = Math.max(0, this.#end - Math.round(this.#clock.secondsElsewhere))
    return {
      accessor: 'accessor',
      displayName: 'token',
      type: 'service',
      policies: ['default'],
      ttl: Duration.ofSeconds(neverExpires ? 0 : Math.floor(leftByRoundedClock)),
      expiresAt: neverExpires ? null : Duration.ofSeconds(left).after(this.#clock.now()),
      renewable: left > 0 && this.isRenewable,
      creationTtl: Duration.ofSeconds(neverExpires ? 0 : ttl),
      period: limit(period),
      explicitMaxTtl: limit(explicitMax),
      usesLeft: null,
      orphan: true,
      issuedAt: Duration.ofSeconds(this.#clock.secondsElsewhere - this.#issuedAt).before(this.#clock.now()),
      lastRenewalAt: null,
      entityId: null,
      role: null,
      path: 'auth/token/create',
      warnings: [],
    }
  }
}
