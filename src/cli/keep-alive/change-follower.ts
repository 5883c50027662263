import type { Clock } from '../../core/clock.ts'
import type { Duration } from '../../core/duration.ts'
import { minAttemptDistance, waitDelay } from '../../connectors/vault/token/renewal-schedule.ts'

/** What became of a change. */
export type Followed =
  | { readonly kind: 'settled' }
  /** It may be half done. */
  | { readonly kind: 'unfinished'; readonly lookAgainIn: Duration }
  /** The server was away. */
  | { readonly kind: 'unanswered'; readonly retryAfter?: Duration | undefined }

export interface ChangeFollowerSettings {
  readonly clock: Clock
  /** In [0, 1), for the jitter. */
  readonly random: () => number
  readonly follow: (signal: AbortSignal) => Promise<Followed>
  /** What nobody expects of `follow`; nothing is followed after that. */
  readonly onBroken: (error: unknown) => void
}

/** Follows changes one at a time and once a second at most; what is not settled is looked at again. */
export class ChangeFollower {
  readonly #settings: ChangeFollowerSettings
  readonly #closing = new AbortController()
  #rest = new AbortController()
  #isDue = false

  constructor(settings: ChangeFollowerSettings) {
    this.#settings = settings
    this.#run().catch((error: unknown) => {
      if (!this.#isClosed) settings.onBroken(error)
    })
  }

  changed(): void {
    this.#isDue = true
    this.#rest.abort()
  }

  close(): void {
    this.#closing.abort()
    this.#rest.abort()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  async #run(): Promise<void> {
    const { clock, follow, random } = this.#settings
    const { signal } = this.#closing
    let again: Duration | undefined
    let failures = 0
    for (;;) {
      await this.#untilDue(again)
      if (this.#isClosed) return
      this.#isDue = false
      const followed = await follow(signal)
      failures = followed.kind === 'unanswered' ? failures + 1 : 0
      const delay = delayAfter(followed, failures, random())
      again = delay && clock.monotonic().plus(delay)
      await clock.sleep(minAttemptDistance, signal)
    }
  }

  /** Until something has changed or, where there is one, that time of the monotonic clock has come. */
  async #untilDue(again: Duration | undefined): Promise<void> {
    if (this.#isDue || this.#isClosed) return
    const { clock } = this.#settings
    const { signal } = (this.#rest = new AbortController())
    if (again) return clock.sleep(again.minus(clock.monotonic()), signal)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
}

function delayAfter(followed: Followed, failures: number, random: number): Duration | undefined {
  if (followed.kind === 'settled') return undefined
  if (followed.kind === 'unfinished') return followed.lookAgainIn
  return waitDelay({ failures, retryAfter: followed.retryAfter, random })
}
