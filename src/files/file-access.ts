import { constants, type Stats } from 'node:fs'
import type { FileOwner } from './create-file.ts'
import type { FileSystem } from './file-system.ts'
import type { Rollback } from './rollback.ts'

/** Who may read the files of a certificate, where that was said; the rest is as the umask has it. */
export interface FileAccess {
  /** Of files with a key in them, whatever the umask is. */
  readonly keyMode?: number | undefined
  /** Of all others. */
  readonly certMode?: number | undefined
  readonly owner?: FileOwner | undefined
}

/** Lets those who may read a file in the directory come as far as that; does nothing where nothing was said. */
export async function openWay(
  files: FileSystem,
  path: string,
  { keyMode = 0, certMode = 0, owner }: FileAccess,
  rollback: Rollback,
): Promise<void> {
  const readers = (keyMode | certMode) & 0o444
  if (readers === 0 && owner === undefined) return
  const handle = await files.open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const { mode: before, uid, gid } = await handle.stat()
    const mode = (before & 0o7777) | readers | (readers >> 2)
    if (owner && owner.gid !== -1 && owner.gid !== gid) {
      rollback.add(() => withDirectory(files, path, (directory) => directory.chown(uid, gid)))
      await handle.chown(-1, owner.gid)
    }
    if (mode === (before & 0o7777)) return
    rollback.add(() => withDirectory(files, path, (directory) => directory.chmod(before & 0o7777)))
    await handle.chmod(mode)
  } finally {
    await handle.close()
  }
}

/** Whether a directory's mode and group let in all who may read the files in it; an access list may let in more. */
export function letsIn(
  { mode, gid }: Pick<Stats, 'mode' | 'gid'>,
  { keyMode = 0, certMode = 0, owner }: FileAccess,
): boolean {
  const readers = keyMode | certMode
  const isItsGroup = owner === undefined || owner.gid === -1 || owner.gid === gid
  const ofGroup = (readers & 0o040) === 0 ? 0 : isItsGroup ? 0o010 : 0o001
  const ofOthers = (readers & 0o004) === 0 ? 0 : 0o001
  const needed = ofGroup | ofOthers
  return (mode & needed) === needed
}

type Handle = Awaited<ReturnType<FileSystem['open']>>

async function withDirectory(
  files: FileSystem,
  path: string,
  action: (handle: Handle) => Promise<void>,
): Promise<void> {
  const handle = await files.open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  await action(handle).finally(() => handle.close())
}
