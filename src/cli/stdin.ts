import { UsageError } from '../core/errors.ts'

/** 1 MiB: no request and no token comes near it. */
const largest = 1024 * 1024

/** All of standard input as text; for one flag only, since it can be read once. */
export class Stdin {
  #reader: string | undefined

  async read(flag: string, signal: AbortSignal): Promise<string> {
    if (this.#reader !== undefined && this.#reader !== flag) {
      throw new UsageError(`${this.#reader} and ${flag} can't both read standard input`, {
        hint: 'give one of them a file',
      })
    }
    this.#reader = flag
    if (process.stdin.isTTY) process.stderr.write(`reading ${flag} from the terminal; end with Ctrl-D\n`)
    const interrupted = (): void => void process.stdin.destroy()
    signal.addEventListener('abort', interrupted, { once: true })
    try {
      return await this.#readAll(flag)
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', interrupted)
    }
  }

  async #readAll(flag: string): Promise<string> {
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > largest) throw new UsageError(`${flag}: standard input is larger than 1 MiB`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}
