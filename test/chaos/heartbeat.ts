import { setTimeout as wait } from 'node:timers/promises'
import type { Span } from './judge/token-story.ts'

const beat = 50

/** From here on a machine leaves too little of the last two seconds of a lease to those who wait for a processor. */
const tooLate = 250

/** Takes down when this machine let a process wait that had something to do: then nobody's promise is worth much. */
export class Heartbeat {
  readonly stalls: Span[] = []
  readonly #stop = new AbortController()

  constructor() {
    void this.#beat()
  }

  stop(): void {
    this.#stop.abort()
  }

  async #beat(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const from = Date.now()
      await wait(beat, undefined, { signal: this.#stop.signal }).catch(() => undefined)
      if (Date.now() - from > beat + tooLate) this.stalls.push({ from, to: Date.now() })
    }
  }
}
