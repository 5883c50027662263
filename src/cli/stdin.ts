import type { Readable } from 'node:stream'
import { UsageError } from '../core/errors.ts'
import { gather } from '../core/gather.ts'

const mebibyte = 1024 * 1024

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

  /** At most `limit` bytes: no request and no token comes near a mebibyte. */
  async bytes(flag: string, signal: AbortSignal, limit = mebibyte): Promise<Buffer> {
    if (this.#reader !== undefined && this.#reader !== flag) {
      throw new UsageError(`${this.#reader} and ${flag} can't both read standard input`, {
        hint: 'give one of them a file',
      })
    }
    this.#reader = flag
    this.#content ??= this.#read(flag, signal, limit)
    return this.#content
  }

  async #read(flag: string, signal: AbortSignal, limit: number): Promise<Buffer> {
    signal.throwIfAborted()
    const input = this.#open()
    if (input.isTTY === true) process.stderr.write(`reading ${flag} from the terminal; end with Ctrl-D\n`)
    const interrupted = (): void => void input.destroy()
    signal.addEventListener('abort', interrupted, { once: true })
    try {
      return await gather(input as AsyncIterable<Buffer>, limit, () => tooLarge(flag, limit))
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', interrupted)
    }
  }
}

function tooLarge(flag: string, limit: number): UsageError {
  return new UsageError(`${flag}: standard input is larger than ${limit / mebibyte} MiB`, {
    hint: 'check what is piped in',
  })
}
