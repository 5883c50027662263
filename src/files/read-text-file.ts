import { FileError } from '../core/errors.ts'
import { gather } from '../core/gather.ts'
import { openPipe } from '../core/named-pipe.ts'
import { withFileErrors } from './file-error.ts'
import { systemFiles, type FileSystem, type OpenFile } from './file-system.ts'

const mebibyte = 1024 * 1024

/** In bytes: far above any request, key or bundle, far below what would hurt. */
export const largestTextFile = mebibyte

/** The text of a file that the operator names; a pipe will do. FileError when it is missing, unreadable, a directory or too large. */
export async function readTextFile(path: string, files: FileSystem = systemFiles): Promise<string> {
  return new TextDecoder().decode(await readFileBytes(path, files))
}

/** The same for a file that may hold anything; `limit` in bytes. */
export async function readFileBytes(
  path: string,
  files: FileSystem = systemFiles,
  limit = largestTextFile,
): Promise<Buffer> {
  return withFileErrors(path, 'read', async () => {
    const pipe = await openPipe(path)
    if (pipe) return withinCap(pipe, path, limit)
    const handle = await files.open(path, 'r')
    try {
      return await withinCap(chunksOf(handle), path, limit)
    } finally {
      await handle.close()
    }
  })
}

export async function readText(handle: OpenFile, path: string): Promise<string> {
  return new TextDecoder().decode(await withinCap(chunksOf(handle), path))
}

async function* chunksOf(handle: OpenFile): AsyncIterable<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/** What a pipe or a device will give is not known before. FileError beyond the cap. */
function withinCap(chunks: AsyncIterable<Buffer>, path: string, limit = largestTextFile): Promise<Buffer> {
  return gather(chunks, limit, () => tooLarge(path, limit))
}

function tooLarge(path: string, limit: number): FileError {
  return new FileError(`${path} is larger than ${limit / mebibyte} MiB`, {
    code: 'too-large',
    hint: 'check that this is the right file',
    facts: { path },
  })
}
