import { constants } from 'node:fs'
import { dirname } from 'node:path'
import { systemErrorCode } from '../core/errors.ts'
import { syncDirectory } from './create-file.ts'
import { isMissing } from './file-error.ts'
import { openWay, type FileAccess } from './file-access.ts'
import type { FileSystem } from './file-system.ts'
import type { Rollback } from './rollback.ts'

/** Makes a directory, 0755 less what the umask takes or as the access tells, and those above it that are missing. */
export async function makeDirectory(
  files: FileSystem,
  path: string,
  rollback: Rollback,
  access: FileAccess = {},
): Promise<void> {
  try {
    if (!(await isMade(files.mkdir(path, 0o755)))) return
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeDirectory(files, dirname(path), rollback, access)
    // Another certificate of the same run may have made it meanwhile.
    if (!(await isMade(files.mkdir(path, 0o755)))) return
  }
  rollback.add(() => files.rmdir(path))
  await openWay(files, path, access, rollback)
  await syncDirectory(files, dirname(path))
}

async function isMade(making: Promise<unknown>): Promise<boolean> {
  try {
    await making
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Throws the system's error when the path, or what is there of it, can't be written. */
export async function assertWritable(files: FileSystem, path: string): Promise<void> {
  try {
    await files.access(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error
    await assertWritable(files, dirname(path))
  }
}
