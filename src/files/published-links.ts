import { basename, join } from 'node:path'
import { systemErrorCode } from '../core/errors.ts'
import { stableNames } from './certificate-set.ts'
import { unlessMissing } from './file-error.ts'
import type { FileSystem } from './file-system.ts'
import { temporaryLinkPath } from './replace-link.ts'
import type { Rollback } from './rollback.ts'
import { liveName } from './version-store.ts'

/** Names that only a killed run leaves behind. */
export const temporaryNames: readonly string[] = [liveName, ...stableNames].map((name) =>
  basename(temporaryLinkPath(name)),
)

/** Where a stable name of a certificate directory leads. */
export function linkTarget(name: string): string {
  return `${liveName}/${name}`
}

export async function isPublishedLink(files: FileSystem, directory: string, name: string): Promise<boolean> {
  try {
    return (await unlessMissing(files.readlink(join(directory, name)))) === linkTarget(name)
  } catch (error) {
    if (systemErrorCode(error) === 'EINVAL') return false
    throw error
  }
}

/** Makes the links that are missing; until `.live` leads to such a file they lead nowhere. Returns their names. */
export async function addLinks(
  files: FileSystem,
  directory: string,
  names: readonly string[],
  rollback: Rollback,
): Promise<readonly string[]> {
  const present = await files.readdir(directory)
  const missing = names.filter((name) => !present.includes(name))
  for (const name of missing) {
    const path = join(directory, name)
    await files.symlink(linkTarget(name), path)
    rollback.add(() => files.unlink(path))
  }
  return missing
}

/** Removes what a run left that was killed while it replaced a link. */
export async function removeTemporaryLinks(files: FileSystem, directory: string): Promise<void> {
  for (const name of await files.readdir(directory)) {
    if (temporaryNames.includes(name)) await files.unlink(join(directory, name))
  }
}

/** Removes the links to files that are not published, and the temporary ones of a killed run. */
export async function removeStaleLinks(
  files: FileSystem,
  directory: string,
  published: readonly string[],
): Promise<void> {
  for (const name of await files.readdir(directory)) {
    const isStale = stableNames.includes(name) && !published.includes(name)
    if (temporaryNames.includes(name) || (isStale && (await isPublishedLink(files, directory, name)))) {
      await files.unlink(join(directory, name))
    }
  }
}
