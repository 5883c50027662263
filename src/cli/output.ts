import { errorMessage, FileError } from '../core/errors.ts'
import { fileError } from '../files/file-error.ts'

const closed = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'])

/**
 * A reader that goes away (`certctl ... | head`) is no failure of ours; what else goes wrong, `flushOutput` tells. The
 * framework's own listener, added with its Command, would end the process on the spot.
 */
export function tolerateFailedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => undefined)
}

/**
 * Resolves when all that was written has been handed to the system: pipes are written asynchronously. Answers why
 * standard output could not be written; where the log can't be, there is nowhere to say so.
 */
export async function flushOutput(): Promise<FileError | undefined> {
  await Promise.all([process.stdout, process.stderr].map((stream) => flush(stream)))
  return outputFailure(process.stdout.errored)
}

/** Resolves once the system has it; rejects with a FileError when it would not take it. */
export function writeOutput(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      const failure = outputFailure(error)
      if (failure === undefined) resolve()
      else reject(failure)
    })
  })
}

function outputFailure(error: NodeJS.ErrnoException | null | undefined): FileError | undefined {
  if (!error || closed.has(error.code ?? '')) return undefined
  return new FileError(errorMessage(fileError(error, 'standard output', 'written')), {
    code: 'output-lost',
    hint: 'see what it is sent to',
    cause: error,
  })
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) return resolve()
    stream.once('close', resolve)
    stream.write('', () => resolve())
  })
}
