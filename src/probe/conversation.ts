import { once } from 'node:events'
import type { Socket } from 'node:net'
import { ProtocolError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'

/** More than any server says before TLS. */
const longest = 64 * 1024

/** What is said in clear before TLS begins. */
export class Conversation {
  readonly #socket: Socket
  readonly #peer: string
  readonly #signal: AbortSignal
  #heard: Buffer = Buffer.alloc(0)

  constructor(socket: Socket, peer: string, signal: AbortSignal) {
    this.#socket = socket
    this.#peer = peer
    this.#signal = signal
  }

  say(words: string | Uint8Array): void {
    this.#socket.write(words)
  }

  /** Without its line end. */
  async line(): Promise<string> {
    const end = await this.#until(() => this.#heard.indexOf('\n'), 0)
    return this.#take(end + 1)
      .toString('latin1')
      .replace(/\r?\n$/, '')
  }

  async bytes(count: number): Promise<Buffer> {
    await this.#until(() => this.#heard.length, count)
    return this.#take(count)
  }

  /** Whatever came before TLS, unasked, may have been put there by somebody on the way. */
  assertNothingMore(): void {
    if (this.#heard.length > 0) throw this.refused('says more in clear than was asked for')
  }

  refused(how: string): ProtocolError {
    const hint = 'check the port, and that --starttls names its protocol'
    return new ProtocolError(`${this.#peer} ${printable(how)}`, { code: 'starttls-refused', hint })
  }

  async #until(measure: () => number, least: number): Promise<number> {
    for (;;) {
      this.#signal.throwIfAborted()
      const found = measure()
      if (found >= least) return found
      if (this.#heard.length > longest) throw this.refused('says too much before TLS')
      await this.#listen()
    }
  }

  async #listen(): Promise<void> {
    const chunk = this.#socket.read() as Buffer | null
    if (chunk !== null) {
      this.#heard = Buffer.concat([this.#heard, chunk])
      return
    }
    if (this.#socket.readableEnded || this.#socket.destroyed) throw this.refused('ends the connection before TLS')
    const ended = new AbortController()
    try {
      const options = { signal: AbortSignal.any([this.#signal, ended.signal]) }
      await Promise.race([once(this.#socket, 'readable', options), once(this.#socket, 'close', options)])
    } finally {
      ended.abort()
    }
  }

  #take(count: number): Buffer {
    const taken = this.#heard.subarray(0, count)
    this.#heard = this.#heard.subarray(count)
    return taken
  }
}
