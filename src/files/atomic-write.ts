import { constants, type Stats } from 'node:fs'
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
  /** The file has the mode whatever the umask is. */
  readonly hasExactMode?: boolean | undefined
  readonly owner?: FileOwner | undefined
  readonly files?: FileSystem
  /** The caller holds a lock for the file: one temporary name will do, and what a killed run left is found by it. */
  readonly isLocked?: boolean
}

/** What is there to be replaced, if anything is: a FileError for a link, directory or device. */
export async function regularFile(files: FileSystem, path: string): Promise<Stats | undefined> {
  const stats = await unlessMissing(files.lstat(path))
  if (stats && !stats.isFile()) throw notRegular(path)
  return stats
}

/**
 * Replaces a file as a whole: a reader sees the old content or the new. Content that is there already is not written
 * again; false says so. The directory must exist. Only a regular file is replaced: a rename would put a file in the
 * place of a link or a device. FileError.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: AtomicWriteOptions,
): Promise<boolean> {
  const { files = systemFiles } = options
  return withFileErrors(path, 'written', async () => {
    if (await holds(files, path, Buffer.from(content), options)) return false
    if (options.isLocked) await unlessMissing(files.unlink(temporaryPath(path, options)))
    else await removeLeftovers(files, path)
    await replace(files, path, content, options)
    return true
  })
}

/** Whether a file is there with this content and such a mode and owner. FileError for what is no file. */
export async function holds(
  files: FileSystem,
  path: string,
  content: Buffer,
  options: Omit<AtomicWriteOptions, 'files'>,
): Promise<boolean> {
  const stats = await regularFile(files, path)
  if (stats === undefined || !fits(stats, options) || stats.size !== content.length) return false
  const handle = await files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return content.equals(await handle.readFile())
  } finally {
    await handle.close()
  }
}

export function fits(stats: Stats, { mode, hasExactMode = false, owner }: Omit<AtomicWriteOptions, 'files'>): boolean {
  const has = stats.mode & 0o777
  if (hasExactMode ? has !== mode : (has & ~mode) !== 0) return false
  const belongs = (id: number, wanted: number | undefined) => wanted === undefined || wanted === -1 || id === wanted
  return belongs(stats.uid, owner?.uid) && belongs(stats.gid, owner?.gid)
}

async function replace(
  files: FileSystem,
  path: string,
  content: string | Uint8Array,
  options: AtomicWriteOptions,
): Promise<void> {
  const { mode, hasExactMode, owner } = options
  const temporary = temporaryPath(path, options)
  try {
    await createFile(files, temporary, content, mode, { owner, hasExactMode })
    await files.rename(temporary, path)
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await syncDirectory(files, dirname(path))
}

function temporaryPath(path: string, { isLocked = false }: AtomicWriteOptions): string {
  const unique = isLocked ? '' : `.${process.pid}-${randomBytes(4).toString('hex')}`
  return join(dirname(path), `.${basename(path)}${unique}.tmp`)
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
