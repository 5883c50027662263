import { createReadStream } from 'node:fs'
import { systemErrorCode } from '../core/errors.ts'
import { gather } from '../core/gather.ts'
import { InterruptedError } from '../core/interruption.ts'
import { openPipe } from '../core/named-pipe.ts'

/** The file's text. Rejects with the system's error, or with FileTooLargeError: a path may name an endless device. */
export async function readTextFile(path: string, limit = 4 * 1024 * 1024): Promise<string> {
  const chunks = (await openPipe(path)) ?? (createReadStream(path) as AsyncIterable<Buffer>)
  return (await gather(chunks, limit, () => new FileTooLargeError('the file is too large'))).toString('utf8')
}

export class FileTooLargeError extends Error {}

/** Why a file can't be read, to be read after its path. Throws an interruption again: it says nothing of the file. */
export function describeReadFailure(error: unknown): string {
  if (error instanceof InterruptedError) throw error
  if (error instanceof FileTooLargeError) return 'is too large'
  const code = systemErrorCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'is not readable by this user'
  if (code === 'EISDIR') return 'is a directory'
  return `can't be read (${code ?? 'unknown reason'})`
}
