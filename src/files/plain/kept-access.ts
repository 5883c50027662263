import type { FileOwner } from '../create-file.ts'
import { unlessMissing, withFileErrors } from '../file-error.ts'
import type { FileSystem } from '../file-system.ts'

export interface KeptAccess {
  readonly mode: number
  readonly owner: FileOwner
}

/** Who may do what with the file at a path, links followed; undefined where there is none. FileError. */
export async function accessAt(files: FileSystem, path: string): Promise<KeptAccess | undefined> {
  return withFileErrors(path, 'read', async () => {
    const real = await unlessMissing(files.realpath(path))
    const stats = real === undefined ? undefined : await unlessMissing(files.lstat(real))
    return stats && { mode: stats.mode & 0o777, owner: { uid: stats.uid, gid: stats.gid } }
  })
}
