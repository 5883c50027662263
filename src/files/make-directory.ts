import { dirname } from 'node:path'
import { systemErrorCode } from '../core/errors.ts'
import { syncDirectory } from './create-file.ts'
import type { FileSystem } from './file-system.ts'
import type { Rollback } from './rollback.ts'

/** Makes a directory, 0755 less what the umask takes, and those above it that are missing. */
export async function makeDirectory(files: FileSystem, path: string, rollback: Rollback): Promise<void> {
  try {
    await files.mkdir(path, 0o755)
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return
    if (systemErrorCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeDirectory(files, dirname(path), rollback)
    await files.mkdir(path, 0o755)
  }
  rollback.add(() => files.rmdir(path))
  await syncDirectory(files, dirname(path))
}
