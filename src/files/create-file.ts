import { constants } from 'node:fs'
import { systemErrorCode } from '../core/errors.ts'
import type { FileSystem } from './file-system.ts'

/** -1 leaves it as the system gave it (chown(2)). */
export interface FileOwner {
  readonly uid: number
  readonly gid: number
}

export interface FileCreation {
  readonly owner?: FileOwner | undefined
  /** Whatever the umask is. */
  readonly hasExactMode?: boolean | undefined
}

/**
 * Makes a file that did not exist and brings its content to the disk. It never has more than the mode, less what the
 * umask takes, and has its owner before others may read it and before there is anything to read.
 */
export async function createFile(
  files: FileSystem,
  path: string,
  content: string | Uint8Array,
  mode: number,
  { owner, hasExactMode = false }: FileCreation = {},
): Promise<void> {
  const dropInherited = hasExactMode && isForGroupOnly(mode) ? await inheritance(files, path) : undefined
  const handle = await files.open(path, 'wx', hasExactMode ? mode & 0o600 : mode)
  try {
    if (owner) await handle.chown(owner.uid, owner.gid)
    await dropInherited?.(path)
    if (hasExactMode) await handle.chmod(mode)
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What takes away the access list that the file will get from its directory; undefined where it gets none. */
async function inheritance(files: FileSystem, path: string): Promise<((path: string) => Promise<void>) | undefined> {
  const { dropInheritedAccess, inheritsAccess } = await import('./inherited-access.ts')
  return (await inheritsAccess(files, path)) ? dropInheritedAccess : undefined
}

function isForGroupOnly(mode: number): boolean {
  return (mode & 0o070) !== 0 && (mode & 0o007) === 0
}

// Network and FUSE file systems may not know fsync for directories: fsync(2), EINVAL.
const unsupported = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS'])

/** Brings the names in a directory to the disk: without it a rename may be lost with the power. */
export async function syncDirectory(files: FileSystem, path: string): Promise<void> {
  const handle = await files.open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } catch (error) {
    if (!unsupported.has(systemErrorCode(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}
