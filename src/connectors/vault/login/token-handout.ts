import type { Clock } from '../../../core/clock.ts'
import { Duration } from '../../../core/duration.ts'
import type { Secret } from '../../../core/secret.ts'
import type { LoginEvent } from './login-event.ts'

/** Where other programs find the token. */
export interface Sink {
  readonly path: string
  /** False when it was there already. */
  write(token: Secret): Promise<boolean>
}

export interface TokenHandoutSettings {
  readonly sinks: readonly Sink[]
  readonly clock: Clock
  readonly emit: (event: LoginEvent) => void
}

export interface HandedOn {
  /** Every sink was tried once. */
  readonly tried: Promise<void>
  /** Every sink has the token, or a later one. Never, when the signal came first. */
  readonly done: Promise<void>
}

const longestRetryDelay = Duration.ofSeconds(60)

/** Brings the newest token to all sinks; one that can't be written keeps no other from its token, and is tried again. */
export class TokenHandout {
  readonly #settings: TokenHandoutSettings
  #newest: Secret | undefined
  readonly #behind = new Set<Sink>()
  #writing: Promise<unknown> = Promise.resolve()

  constructor(settings: TokenHandoutSettings) {
    this.#settings = settings
  }

  handOn(token: Secret, signal: AbortSignal): HandedOn {
    this.#newest = token
    const first = this.#write(this.#settings.sinks)
    return { tried: first.then(() => undefined), done: first.then((failed) => this.#repeat(failed, signal)) }
  }

  async #repeat(failed: readonly Sink[], signal: AbortSignal): Promise<void> {
    const { clock } = this.#settings
    let delay = Duration.ofSeconds(1)
    for (let missing = failed; missing.length > 0; missing = await this.#write(missing, 'again')) {
      await clock.sleep(delay, signal)
      if (signal.aborted) return new Promise(() => undefined)
      delay = Duration.min(longestRetryDelay, delay.times(2))
    }
  }

  /** One round after the other, each with the token that is the newest by then; answers with the sinks that failed. */
  #write(sinks: readonly Sink[], round: 'first' | 'again' = 'first'): Promise<readonly Sink[]> {
    const written = this.#writing.then(() => this.#writeNow(sinks, round))
    this.#writing = written
    return written
  }

  async #writeNow(sinks: readonly Sink[], round: 'first' | 'again'): Promise<readonly Sink[]> {
    const { emit } = this.#settings
    const failed: Sink[] = []
    for (const sink of sinks) {
      try {
        if (!this.#newest) continue
        const isNew = await sink.write(this.#newest)
        const wasBehind = this.#behind.delete(sink)
        if (isNew || wasBehind) emit({ kind: 'sink-written', path: sink.path })
      } catch (error) {
        failed.push(sink)
        const isNews = round === 'first' || !this.#behind.has(sink)
        this.#behind.add(sink)
        if (isNews) emit({ kind: 'sink-failed', path: sink.path, error })
      }
    }
    return failed
  }
}
