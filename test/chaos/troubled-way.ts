import { setTimeout as wait } from 'node:timers/promises'
import type { Exchange, Fault } from '../support/fake-vault/exchange.ts'
import type { Reply } from '../support/fake-vault/reply.ts'
import { Relay } from '../support/relay.ts'
import type { Grant, Span } from './judge/token-story.ts'
import type { Draw, Trouble } from './trouble.ts'

interface Closure extends Span {
  to: number
  readonly fault: Trouble['fault']
}

/**
 * The way of one program to the server. After each grant comes what was drawn for it; the grants are taken down where the
 * server gives them, so also those that the program never hears of.
 */
export class TroubledWay {
  readonly grants: Grant[] = []
  /** When the requests came, in milliseconds since the epoch. */
  readonly requests: number[] = []
  readonly #relay: Relay
  readonly #draw: Draw
  #past: Closure[] = []
  #present: Closure[] = []
  #plan = new AbortController()

  private constructor(relay: Relay, draw: Draw) {
    this.#relay = relay
    this.#draw = draw
    relay.faults.on(undefined, (exchange) => this.#passOn(exchange))
  }

  static async start(target: string, draw: Draw = () => []): Promise<TroubledWay> {
    return new TroubledWay(await Relay.start(target), draw)
  }

  get address(): string {
    return this.#relay.address
  }

  /** When something was wrong, up to now. */
  get closures(): readonly Span[] {
    return [...this.#past, ...this.#present]
  }

  /** No trouble from now on. */
  async clear(): Promise<void> {
    this.#plan.abort()
    const now = Date.now()
    this.#past = this.closures
      .filter(({ from }) => from < now)
      .map(({ from, to }) => ({ from, to: Math.min(to, now), fault: 'refused' }))
    this.#present = []
    await this.#relay.reopen()
  }

  async stop(): Promise<void> {
    this.#plan.abort()
    await this.#relay.stop()
  }

  async #passOn(exchange: Exchange): Promise<void> {
    const now = Date.now()
    this.requests.push(now)
    const trouble = this.#present.find(({ from, to }) => from <= now && now < to)
    const fault = trouble && trouble.fault !== 'refused' ? trouble.fault : sendAnswer
    try {
      await fault({ ...exchange, answer: () => this.#watched(exchange) })
    } catch {
      // The server is away; the program shall see no more of the relay than that.
      exchange.response.socket?.resetAndDestroy()
    }
  }

  async #watched({ answer, request }: Exchange): Promise<Reply> {
    const askedAt = Date.now()
    const reply = await answer()
    const seconds = request.path === 'auth/token/renew-self' ? leaseOf(reply) : undefined
    if (seconds !== undefined) await this.#granted({ askedAt, answeredAt: Date.now(), seconds })
    return reply
  }

  async #granted(grant: Grant): Promise<void> {
    this.grants.push(grant)
    await this.clear()
    const { answeredAt, seconds } = grant
    this.#present = this.#draw(seconds).map(({ from, to, fault }) => ({
      from: answeredAt + from * 1000,
      to: answeredAt + to * 1000,
      fault,
    }))
    this.#plan = new AbortController()
    for (const closure of this.#present) if (closure.fault === 'refused') void this.#refuse(closure, this.#plan.signal)
  }

  async #refuse(closure: Closure, signal: AbortSignal): Promise<void> {
    try {
      await wait(Math.max(0, closure.from - Date.now()), undefined, { signal })
      await this.#relay.close()
      await wait(Math.max(0, closure.to - Date.now()), undefined, { signal })
      await this.#relay.reopen()
      closure.to = Math.max(closure.to, Date.now())
    } catch {
      // Another grant has ended the trouble.
    }
  }
}

const sendAnswer: Fault = async ({ answer, send }) => send(await answer())

function leaseOf({ status, body }: Reply): number | undefined {
  if (status !== 200) return undefined
  const { auth } = JSON.parse(Buffer.from(body).toString()) as { auth?: { lease_duration?: number } | null }
  return auth?.lease_duration
}
