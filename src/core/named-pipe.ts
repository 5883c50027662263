import { constants, open } from 'node:fs'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { interruption } from './interruption.ts'

/**
 * What comes through a named pipe; undefined where the path is none. Its writer is waited for by the event loop, and not
 * beyond the signal, whose reason is then thrown: a thread that waits for a writer would hold the process at its end.
 */
export async function openPipe(path: string, signal = interruption): Promise<AsyncIterable<Buffer> | undefined> {
  if (!(await stat(path)).isFIFO()) return undefined
  const { Socket } = await import('node:net')
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return untilAborted(new Socket({ fd, readable: true, writable: false, signal }), signal)
}

async function* untilAborted(chunks: AsyncIterable<Buffer>, signal: AbortSignal): AsyncIterable<Buffer> {
  try {
    yield* chunks
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
