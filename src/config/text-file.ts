import { constants, createReadStream, open } from 'node:fs'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { systemErrorCode } from '../core/errors.ts'

/** The file's text. Rejects with the system's error, or with FileTooLargeError: a path may name an endless device. */
export async function readTextFile(path: string, limit = 4 * 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of await openForReading(path)) {
    size += chunk.length
    if (size > limit) throw new FileTooLargeError('the file is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A pipe is waited for by the event loop: a thread that waits for its writer would hold the process at its end. */
async function openForReading(path: string): Promise<AsyncIterable<Buffer>> {
  if (!(await stat(path)).isFIFO()) return createReadStream(path)
  const { Socket } = await import('node:net')
  const descriptor = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd: descriptor, readable: true, writable: false })
}

export class FileTooLargeError extends Error {}

/** Why a file can't be read, to be read after its path. */
export function describeReadFailure(error: unknown): string {
  if (error instanceof FileTooLargeError) return 'is too large'
  const code = systemErrorCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'is not readable by this user'
  if (code === 'EISDIR') return 'is a directory'
  return `can't be read (${code ?? 'unknown reason'})`
}
