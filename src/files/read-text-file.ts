import type { FileHandle } from 'node:fs/promises'
import { FileError } from '../core/errors.ts'
import { withFileErrors } from './file-error.ts'
import { systemFiles, type FileSystem } from './file-system.ts'

/** 1 MiB in bytes: far above any request, key or bundle, far below what would hurt. */
export const largestTextFile = 1024 * 1024

/** The text of a file that the operator names; a pipe will do. FileError when it is missing, unreadable, a directory or too large. */
export async function readTextFile(path: string, files: FileSystem = systemFiles): Promise<string> {
  return withFileErrors(path, 'read', async () => {
    const handle = await files.open(path, 'r')
    try {
      return await readText(handle, path)
    } finally {
      await handle.close()
    }
  })
}

/** Reads to the end; what a pipe or a device will give is not known before. FileError beyond the cap. */
export async function readText(handle: FileHandle, path: string): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null)
    if (bytesRead === 0) return new TextDecoder().decode(Buffer.concat(parts))
    length += bytesRead
    if (length > largestTextFile) throw tooLarge(path)
    parts.push(buffer.subarray(0, bytesRead))
  }
}

function tooLarge(path: string): FileError {
  return new FileError(`${path} is larger than 1 MiB`, {
    code: 'too-large',
    hint: 'check that this is the right file',
    facts: { path },
  })
}
