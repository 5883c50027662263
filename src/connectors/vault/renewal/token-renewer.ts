import type { Clock } from '../../../core/clock.ts'
import type { Duration } from '../../../core/duration.ts'
import type { Lifecycle, LifecycleEnd } from '../../lifecycle.ts'
import { Demands } from './demands.ts'
import { runRenewalLoop } from './renewal-loop.ts'
import type { RenewalSlots } from './renewal-slots.ts'
import type { RenewerEvent } from './renewer-event.ts'
import type { Rotation, Successor } from './renewer-setup.ts'
import { ServerPace } from './server-pace.ts'
import { WatchedClock } from './watched-clock.ts'
import type { TokenApi, TokenFacts } from '../token/token-api.ts'

export interface TokenRenewerSettings {
  readonly api: TokenApi
  readonly clock: Clock
  /** In [0, 1), for the jitter. */
  readonly random?: () => number
  /** What each grant shall be; the token's creation TTL when absent. */
  readonly increment?: Duration | undefined
  /** For one request; it gets less when less than twice that is left of the token. */
  readonly timeout: Duration
  /** How long before the end that renewal can't move to warn of it; a fifth of the token's life by default. */
  readonly warnBefore?: Duration | undefined
  /** Shared by all whose token lives on one server; one of its own when absent. */
  readonly pace?: ServerPace | undefined
  /** Gets another token ahead of the certain end, and where there is no good one. */
  readonly successor?: Successor | undefined
  /** Another token may be put in the place of the API's. */
  readonly rotation?: Rotation | undefined
  /** Shared by the loops of one process, so that they don't all renew at once. */
  readonly slots?: RenewalSlots | undefined
  /** Told in the order of what happens, from within the loop; must not throw. */
  readonly emit: (event: RenewerEvent) => void
}

interface Run {
  readonly demands: Demands
  readonly end: Promise<LifecycleEnd>
  isOver: boolean
}

/** Keeps the API's token alive for as long as the server allows. */
export class TokenRenewer implements Lifecycle {
  readonly #settings: TokenRenewerSettings
  #run: Run | undefined
  readonly #firstRun = deferred<Run>()

  constructor(settings: TokenRenewerSettings) {
    this.#settings = settings
  }

  /** Does not wait for the server. Nothing happens while the loop runs; once it has ended it starts again. */
  start(): Promise<void> {
    if (this.#runningLoop) return Promise.resolve()
    this.#run = this.#begin()
    this.#firstRun.resolve(this.#run)
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    const run = this.#run
    if (this.#runningLoop) {
      this.#runningLoop.stop()
      this.#settings.emit({ kind: 'stopped' })
    }
    await run?.end
  }

  /** Of the run that is or was; before the first start, of the one to come. */
  async ended(): Promise<LifecycleEnd> {
    const run = this.#run ?? (await this.#firstRun.promise)
    return run.end
  }

  renewNow(): void {
    this.#runningLoop?.renewNow()
  }

  /**
   * The API holds another token from now on: the loop takes up that one and renews it at once. `facts` spare a look-up
   * when there was one that proved the token. Without a running loop there is nothing to do.
   */
  tokenReplaced(facts?: TokenFacts): void {
    this.#runningLoop?.replaceToken(facts)
  }

  get #runningLoop(): Demands | undefined {
    return this.#run && !this.#run.isOver && !this.#run.demands.isStopped ? this.#run.demands : undefined
  }

  #begin(): Run {
    const demands = new Demands()
    const emit = (event: RenewerEvent): void => {
      if (!demands.isStopped) this.#settings.emit(event)
    }
    const { clock, pace = new ServerPace(clock) } = this.#settings
    const defaults = { random: Math.random, increment: undefined, warnBefore: undefined, successor: undefined }
    const setup = { ...defaults, ...this.#settings, clock: new WatchedClock(clock), pace, emit }
    const run: Run = { demands, isOver: false, end: runRenewalLoop(setup, demands) }
    void run.end.then(() => (run.isOver = true))
    return run
  }
}

function deferred<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((settle) => (resolve = settle))
  return { promise, resolve }
}
