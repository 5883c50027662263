import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { FileError } from '../core/errors.ts'
import { stableNames } from './certificate-set.ts'
import { syncDirectory } from './create-file.ts'
import { unlessMissing } from './file-error.ts'
import type { FileSystem } from './file-system.ts'
import { isPublishedLink, linkTarget } from './published-links.ts'
import { replaceByLink } from './replace-link.ts'
import type { Rollback } from './rollback.ts'
import { shellWord } from './shell-word.ts'
import type { VersionStore } from './version-store.ts'

interface Standing {
  readonly name: string
  readonly stats: Stats
  /** Whether it is a link of certctl's own. */
  readonly published: boolean
}

/** What stands at the stable names, once something there is not a link of certctl's; else nothing. FileError for a directory. */
export async function findStandingFiles(files: FileSystem, directory: string): Promise<readonly Standing[]> {
  const found: Standing[] = []
  for (const name of await files.readdir(directory)) {
    if (!stableNames.includes(name)) continue
    const stats = await files.lstat(join(directory, name))
    if (!stats.isFile() && !stats.isSymbolicLink()) throw notReplaceable(join(directory, name))
    found.push({ name, stats, published: await isPublishedLink(files, directory, name) })
  }
  return found.every((standing) => standing.published) ? [] : found
}

/**
 * Takes files that certctl did not make into a version of their own, publishes it, and puts links in their places:
 * every name shows what it showed, and from then on one rename replaces all of them.
 */
export async function takeOver(
  files: FileSystem,
  directory: string,
  store: VersionStore,
  version: number,
  standing: readonly Standing[],
  rollback: Rollback,
): Promise<void> {
  const path = await store.begin(version, rollback)
  for (const one of standing) await keep(files, join(directory, one.name), one, join(path, one.name))
  await store.sync(version)
  await store.switchTo(version, rollback)
  for (const one of standing) if (!one.published) await putLink(files, directory, path, one, rollback)
  await syncDirectory(files, directory)
}

/** A second name for the same file or, for a link, a link to what it leads to; a link to nothing shows nothing to keep. */
async function keep(files: FileSystem, from: string, { stats, published }: Standing, to: string): Promise<void> {
  if (stats.isFile()) return files.link(from, to)
  const target = await unlessMissing(files.realpath(from))
  if (target === undefined) return
  await (published ? files.link(target, to) : files.symlink(target, to))
}

async function putLink(
  files: FileSystem,
  directory: string,
  version: string,
  { name, stats }: Standing,
  rollback: Rollback,
): Promise<void> {
  const path = join(directory, name)
  const before = stats.isSymbolicLink() ? await files.readlink(path) : undefined
  await replaceByLink(files, linkTarget(name), path)
  rollback.add(() =>
    before === undefined ? files.rename(join(version, name), path) : replaceByLink(files, before, path),
  )
}

function notReplaceable(path: string): FileError {
  return new FileError(`${path} is neither a file nor a link, and was left as it was`, {
    code: 'exists',
    hint: `move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`,
    facts: { path },
  })
}
