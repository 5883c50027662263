import { constants, type Stats } from 'node:fs'
import { FileError } from '../core/errors.ts'
import type { FileSystem } from './file-system.ts'
import { readText } from './read-text-file.ts'
import { shellWord } from './shell-word.ts'

/** FileError unless the path is a directory, no link, that only the user or root may change. */
export async function assertTrustedDirectory(files: FileSystem, path: string): Promise<void> {
  const stats = await files.lstat(path)
  if (!stats.isDirectory())
    throw new FileError(`${path} is not a directory`, {
      code: 'not-a-directory',
      hint: `see what it is: ls -ld ${shellWord(path)}`,
      facts: { path },
    })
  assertTrusted(stats, path)
}

/**
 * The text of a regular file that only the user or root may change; a link in its place is not followed, and a pipe not
 * waited for. FileError.
 */
export async function readTrustedFile(files: FileSystem, path: string): Promise<string> {
  const handle = await files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile())
      throw new FileError(`${path} is not a regular file`, {
        code: 'not-regular',
        hint: `see what it is: ls -ld ${shellWord(path)}`,
        facts: { path },
      })
    assertTrusted(stats, path)
    return await readText(handle, path)
  } finally {
    await handle.close()
  }
}

/** Asked once: it stays the same, and a run over ten thousand directories would ask it a hundred thousand times. */
const user = process.geteuid?.()

/** FileError unless only the user or root may change what the stats are of. */
export function assertTrusted(stats: Stats, path: string): void {
  if (user === undefined) return
  if (stats.uid !== user && stats.uid !== 0) throw foreignOwner(path, stats.uid, user)
  if ((stats.mode & 0o022) !== 0) throw writableByOthers(path)
}

function foreignOwner(path: string, owner: number, user: number): FileError {
  return new FileError(`${path} belongs to another user (uid ${owner})`, {
    code: 'not-trusted',
    hint: `run as its owner, or, if you trust what is in it: chown -R ${user} ${shellWord(path)}`,
    facts: { path },
  })
}

function writableByOthers(path: string): FileError {
  return new FileError(`${path} can be written by others than its owner`, {
    code: 'not-trusted',
    hint: `check what is in it, then: chmod go-w ${shellWord(path)}`,
    facts: { path },
  })
}
