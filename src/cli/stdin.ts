import type { Readable } from 'node:stream'
import { UsageError } from '../core/errors.ts'
import { gather } from '../core/gather.ts'

/** 1 MiB: no request and no token comes near it. */
const largest = 1024 * 1024

type Input = Readable & { readonly isTTY?: boolean }

/** All of standard input; for one flag only, since it can be read once. Whoever asks again gets the same. */
export class Stdin {
  readonly #open: () => Input
  #reader: string | undefined
  #content: Promise<Buffer> | undefined

  /** Opened only when it is read: it may be somebody else's. */
  constructor(open: () => Input = () => process.stdin) {
    this.#open = open
  }

  async read(flag: string, signal: AbortSignal): Promise<string> {
    return (await this.bytes(flag, signal)).toString('utf8')
  }

  async bytes(flag: string, signal: AbortSignal): Promise<Buffer> {
    if (this.#reader !== undefined && this.#reader !== flag) {
      throw new UsageError(`${this.#reader} and ${flag} can't both read standard input`, {
        hint: 'give one of them a file',
      })
    }
    this.#reader = flag
    this.#content ??= this.#read(flag, signal)
    return this.#content
  }

  async #read(flag: string, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted()
    const input = this.#open()
    if (input.isTTY === true) process.stderr.write(`reading ${flag} from the terminal; end with Ctrl-D\n`)
    const interrupted = (): void => void input.destroy()
    signal.addEventListener('abort', interrupted, { once: true })
    try {
      return await gather(input as AsyncIterable<Buffer>, largest, () => tooLarge(flag))
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', interrupted)
    }
  }
}

function tooLarge(flag: string): UsageError {
  return new UsageError(`${flag}: standard input is larger than 1 MiB`, { hint: 'check what is piped in' })
}
