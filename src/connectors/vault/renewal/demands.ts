import type { TokenFacts } from '../token/token-api.ts'

/** A stop or another token cut short what the loop was doing; it never leaves the loop. */
export class Interruption extends Error {}

export interface Replacement {
  /** Absent when nobody has looked up the new token yet. */
  readonly facts: TokenFacts | undefined
}

/** What is asked of a running loop from outside. A stop takes effect at once, whatever the loop is waiting for. */
export class Demands {
  #stopped = false
  #replacement: Replacement | undefined
  #renewal = false
  #current: AbortController | undefined
  #isResting = false

  get isStopped(): boolean {
    return this.#stopped
  }

  get isRenewalWanted(): boolean {
    return this.#renewal
  }

  stop(): void {
    this.#stopped = true
    this.#current?.abort()
  }

  replaceToken(facts: TokenFacts | undefined): void {
    this.#replacement = { facts }
    this.#renewal = true
    this.#current?.abort()
  }

  /** During a request it waits for the answer, which may be to the very renewal that is wanted. */
  renewNow(): void {
    this.#renewal = true
    if (this.#isResting) this.#current?.abort()
  }

  takeReplacement(): Replacement | undefined {
    const replacement = this.#replacement
    this.#replacement = undefined
    return replacement
  }

  takeRenewal(): void {
    this.#renewal = false
  }

  /**
   * Rejects with Interruption as soon as the loop is stopped or given another token, even if the work heeds no signal:
   * a pending name look-up can't be called off.
   */
  async during<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#throwIfInterrupted()
    const { signal } = (this.#current = new AbortController())
    try {
      return await new Promise<Result>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Interruption()), { once: true })
        work(signal).then(resolve, reject)
      })
    } finally {
      this.#current = undefined
    }
  }

  /** Ends early, without an error, when a renewal is wanted now; the signal then ends the sleep. */
  async rest(sleep: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#isResting = true
    try {
      await this.during(sleep)
    } catch (error) {
      if (!(error instanceof Interruption)) throw error
      this.#throwIfInterrupted()
    } finally {
      this.#isResting = false
    }
  }

  #throwIfInterrupted(): void {
    if (this.#stopped || this.#replacement) throw new Interruption()
  }
}
