import { constants } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { FileError } from '../core/errors.ts'
import { createFile, syncDirectory, type FileOwner } from './create-file.ts'
import { unlessMissing, withFileErrors } from './file-error.ts'
import { systemFiles, type FileSystem } from './file-system.ts'
import { isPidInUse } from './processes.ts'

export interface AtomicWriteOptions {
  /** At most this, less what the umask takes. */
  readonly mode: number
  readonly owner?: FileOwner | undefined
  readonly files?: FileSystem
}

/**
 * Replaces a file as a whole: a reader sees the old content or the new. Content that is there already is not written
 * again; false says so. The directory must exist. Only a regular file is replaced: a rename would put a file in the
 * place of a link or a device. FileError.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  { mode, owner, files = systemFiles }: AtomicWriteOptions,
): Promise<boolean> {
  return withFileErrors(path, 'written', async () => {
    if (await holds(files, path, Buffer.from(content), mode)) return false
    await removeLeftovers(files, path)
    await replace(files, path, content, mode, owner)
    return true
  })
}

async function holds(files: FileSystem, path: string, content: Buffer, mode: number): Promise<boolean> {
  const stats = await unlessMissing(files.lstat(path))
  if (stats === undefined) return false
  if (!stats.isFile()) throw notRegular(path)
  if ((stats.mode & 0o777 & ~mode) !== 0 || stats.size !== content.length) return false
  const handle = await files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return content.equals(await handle.readFile())
  } finally {
    await handle.close()
  }
}

async function replace(
  files: FileSystem,
  path: string,
  content: string | Uint8Array,
  mode: number,
  owner: FileOwner | undefined,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`)
  try {
    await createFile(files, temporary, content, mode, owner)
    await files.rename(temporary, path)
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await syncDirectory(files, dirname(path))
}

/** What a killed run left beside the file; that of a run at work stays. */
async function removeLeftovers(files: FileSystem, path: string): Promise<void> {
  const prefix = `.${basename(path)}.`
  for (const name of await files.readdir(dirname(path))) {
    const pid = name.startsWith(prefix) && /^(\d+)-[0-9a-f]{8}\.tmp$/.exec(name.slice(prefix.length))?.[1]
    if (pid && !isPidInUse(Number(pid))) await files.rm(join(dirname(path), name), { force: true })
  }
}

function notRegular(path: string): FileError {
  return new FileError(`${path} is not a regular file, and is not replaced`, {
    code: 'not-regular',
    hint: 'name a file, not a link, directory or device',
    facts: { path },
  })
}
