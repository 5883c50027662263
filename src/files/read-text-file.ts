import { FileError } from '../core/errors.ts'
import { withFileErrors } from './file-error.ts'
import { systemFiles, type FileSystem, type OpenFile } from './file-system.ts'

/** 1 MiB in bytes: far above any request, key or bundle, far below what would hurt. */
export const largestTextFile = 1024 * 1024

/** The text of a file that the operator names; a pipe will do. FileError when it is missing, unreadable, a directory or too large. */
export async function readTextFile(path: string, files: FileSystem = systemFiles): Promise<string> {
  return new TextDecoder().decode(await readFileBytes(path, files))
}

/** The same for a file that may hold anything. */
export async function readFileBytes(path: string, files: FileSystem = systemFiles): Promise<Buffer> {
  return withFileErrors(path, 'read', async () => {
    const handle = await files.open(path, 'r')
    try {
      return await readToEnd(handle, path)
    } finally {
      await handle.close()
    }
  })
}

export async function readText(handle: OpenFile, path: string): Promise<string> {
  return new TextDecoder().decode(await readToEnd(handle, path))
}

/** What a pipe or a device will give is not known before. FileError beyond the cap. */
async function readToEnd(handle: OpenFile, path: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null)
    if (bytesRead === 0) return Buffer.concat(parts)
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
