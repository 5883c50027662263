import { setTimeout as wait } from 'node:timers/promises'
import { askVault } from '../support/ask-vault.ts'
import type { VaultServer } from '../support/vault-server.ts'
import type { Span } from './judge/token-story.ts'

const betweenAsks = 100

/** When a server did not answer for its tokens, as somebody sees who asks it all the time. */
export class Outages {
  readonly #spans: { readonly from: number; to: number }[] = []
  readonly #stop = new AbortController()
  #lastGoodAt = Date.now()
  readonly #watching: Promise<void>

  constructor(private readonly server: Pick<VaultServer, 'address' | 'rootToken'>) {
    this.#watching = this.#watch()
  }

  /** The last of them may not be over. */
  get spans(): readonly Span[] {
    return this.#spans
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const askedAt = Date.now()
      const isGood = await this.#isAnswering()
      const last = this.#spans.at(-1)
      const isOut = last?.to === Infinity
      if (isGood && isOut) last.to = Date.now()
      if (!isGood && !isOut) this.#spans.push({ from: this.#lastGoodAt, to: Infinity })
      if (isGood) this.#lastGoodAt = askedAt
      await wait(betweenAsks, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  async #isAnswering(): Promise<boolean> {
    const { address, rootToken } = this.server
    try {
      return (
        (await askVault(address, { method: 'GET', path: '/v1/auth/token/lookup-self', token: rootToken })).status ===
        200
      )
    } catch {
      return false
    }
  }
}
