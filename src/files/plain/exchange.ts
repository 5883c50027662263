import { createFile } from '../create-file.ts'
import { fileError, unlessMissing, withFileErrors } from '../file-error.ts'
import type { FileSystem } from '../file-system.ts'
import { assertNothingAt, lastPath, nextPath, type PlainFile } from './plain-file.ts'

/**
 * Puts the content beside its place, whole and on the disk, and keeps what is there under a second name. The next content
 * is there before the last one is kept: a name that is kept alone was exchanged.
 */
export async function prepareExchange(files: FileSystem, file: PlainFile): Promise<void> {
  const { path, content, mode, owner, hasExactMode, isNew = false } = file
  await withFileErrors(path, 'written', async () => {
    await clearExchange(files, path)
    await createFile(files, nextPath(path), content, mode, { owner, hasExactMode })
    if (isNew) await assertNothingAt(files, path)
    const last = await unlessMissing(files.lstat(path))
    if (last?.isSymbolicLink()) await files.symlink(await files.readlink(path), lastPath(path))
    else if (last) await keepLast(files, path)
  })
}

/**
 * Exchanges all, one right after the other. What programs read first comes first: to read a certificate before the exchange
 * and its key after it, a program must then be slower than these few calls.
 */
export async function exchange(files: FileSystem, paths: readonly string[]): Promise<void> {
  const waiting: string[] = []
  for (const path of paths) if (await isThere(files, nextPath(path))) waiting.push(path)
  let current = ''
  try {
    for (current of waiting) files.renameSync(nextPath(current), current)
  } catch (error) {
    throw fileError(error, current, 'written')
  }
}

/** Removes what an exchange leaves beside the file. */
export async function clearExchange(files: FileSystem, path: string): Promise<void> {
  await files.rm(lastPath(path), { force: true })
  await files.rm(nextPath(path), { force: true })
}

/**
 * The new content waits again before the old one is back, so that at any instant it can be told what was done. Where both
 * names are one file, an earlier attempt came that far.
 */
export async function exchangeBack(files: FileSystem, path: string): Promise<void> {
  const next = await unlessMissing(files.lstat(nextPath(path)))
  const here = await unlessMissing(files.lstat(path))
  if (next && here?.ino !== next.ino) return
  if (!(await isThere(files, lastPath(path)))) return files.rename(path, nextPath(path))
  // Without hard links there is an instant without the file.
  if (!next) await files.link(path, nextPath(path)).catch(() => files.rename(path, nextPath(path)))
  await files.rename(lastPath(path), path)
}

/** By a hard link; a copy where that may not be made (proc(5), protected_hardlinks) or is not known. */
async function keepLast(files: FileSystem, path: string): Promise<void> {
  try {
    await files.link(path, lastPath(path))
  } catch {
    const handle = await files.open(path, 'r')
    try {
      const { mode, uid, gid } = await handle.stat()
      const creation = { hasExactMode: true, owner: { uid, gid } }
      await createFile(files, lastPath(path), await handle.readFile(), mode & 0o777, creation)
    } finally {
      await handle.close()
    }
  }
}

async function isThere(files: FileSystem, path: string): Promise<boolean> {
  return (await unlessMissing(files.lstat(path))) !== undefined
}
