import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { PushGateway } from '../../metrics/push-gateway.ts'
import type { Exposed } from '../../metrics/scrape-answer.ts'
import { ChangeOfCause } from './change-of-cause.ts'
import type { Outlet } from './outlet.ts'

const retry = { first: Duration.ofSeconds(10), longest: Duration.ofSeconds(300) }
const timeout = Duration.ofSeconds(10)

/** The last push, on the way out: a part of the 200 ms that a stop may take, or a little patience. */
const farewell = { whenStopped: Duration.ofMilliseconds(100), otherwise: Duration.ofSeconds(5) }

export interface PushOptions {
  /** How the log names the gateway. */
  readonly address: URL
  readonly open: () => Promise<Pick<PushGateway, 'push'>>
  readonly metrics: Exposed['metrics']
  readonly logger: Logger
  readonly clock: Clock
}

/**
 * Keeps a gateway at what the metrics are. One push is under way at a time, and what changed meanwhile is in the next,
 * so however slow the gateway, nothing piles up; while it fails it is tried with growing pauses.
 */
export class MetricsPush implements Outlet {
  readonly #options: PushOptions
  readonly #closing = new AbortController()
  readonly #cause = new ChangeOfCause()
  #gateway: Promise<Pick<PushGateway, 'push'>> | undefined
  #isStale = false
  #work: Promise<void> | undefined

  constructor(options: PushOptions) {
    this.#options = options
  }

  open(): void {
    this.observe()
  }

  observe(): void {
    this.#isStale = true
    this.#work ??= this.#pushWhileStale()
  }

  async close(isStopped: boolean): Promise<void> {
    this.#closing.abort()
    await this.#work
    if (this.#isStale) await this.#push(isStopped ? farewell.whenStopped : farewell.otherwise)
  }

  async #pushWhileStale(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#closing
    let pause = retry.first
    while (this.#isStale && !signal.aborted) {
      this.#isStale = false
      if (await this.#push(timeout, signal)) {
        pause = retry.first
        continue
      }
      this.#isStale = true
      await clock.sleep(pause, signal)
      pause = Duration.min(pause.times(2), retry.longest)
    }
    this.#work = undefined
  }

  async #push(limit: Duration, signal?: AbortSignal): Promise<boolean> {
    const { metrics, logger, address, open } = this.#options
    const gateway = address.origin
    try {
      const text = await metrics.text('prometheus')
      await (await (this.#gateway ??= open())).push(text, { timeout: limit, ...(signal ? { signal } : {}) })
      if (this.#cause.clear()) logger.log('info', 'metrics are pushed again', { gateway })
      return true
    } catch (error) {
      if (signal?.aborted) return false
      const cause = errorMessage(error)
      if (this.#cause.isNew(cause)) logger.log('warn', 'metrics cannot be pushed', { gateway, cause })
      return false
    }
  }
}
