import { join } from 'node:path'
import { keepsKey, parseCertificateRecord } from './certificate-record.ts'
import { fileNames, stableNames, type VersionFile } from './certificate-set.ts'
import { syncDirectory } from './create-file.ts'
import { constantNames } from './damage.ts'
import type { FileAccess } from './file-access.ts'
import type { FileSystem } from './file-system.ts'
import type { PlainPublication } from './plain/plain-publication.ts'
import { addLinks, removeStaleLinks, temporaryNames } from './published-links.ts'
import type { Rollback } from './rollback.ts'
import { findStandingFiles, takeOver } from './standing-files.ts'
import { readTrustedFile } from './trusted-path.ts'
import { VersionStore } from './version-store.ts'

export interface Publication {
  readonly contents: readonly VersionFile[]
  readonly access: FileAccess
  readonly more: MorePublished
}

/** What is published together with a version of the directory. */
export interface MorePublished {
  /** Files elsewhere; undefined when none changes. */
  readonly plain: PlainPublication | undefined
  /** Runs while nothing is shown yet; what it does is undone by the rollback. `isSeen`: something else will show than before. */
  readonly remember: (rollback: Rollback, isSeen: boolean) => Promise<void>
}

/**
 * Publishes a set in a directory that is there (its real path), as a unit: what a reader finds through one look at
 * `.live`, or at any stable name, is the old set until one rename, and the new one after it. When it throws, the rollback
 * leads back to the old set.
 */
export async function publishSet(
  files: FileSystem,
  directory: string,
  { contents, access, more }: Publication,
  rollback: Rollback,
): Promise<void> {
  const store = new VersionStore(files, directory)
  const standing = await findStandingFiles(files, directory)
  await store.make(access, rollback)
  const next = Math.max(0, ...(await store.numbers())) + 1
  await clearLeftovers(files, directory)
  // The taken-over version gets the lower number: one above the live version counts as left by a killed run.
  const version = standing.length === 0 ? next : next + 1
  await more.plain?.begin(version, rollback)
  await store.add(version, contents, access, rollback)
  if (standing.length > 0) await takeOver(files, directory, store, next, standing, rollback)
  await goTo(files, directory, version, more, rollback)
  // The set is published: what can't be cleared now is cleared by the next run.
  await clearLeftovers(files, directory).catch(() => undefined)
}

/** Publishes a version before the live one in its place, with the files that it is to have now. */
export async function publishEarlier(
  files: FileSystem,
  directory: string,
  version: number,
  { contents, access, more }: Publication,
  rollback: Rollback,
): Promise<void> {
  await clearLeftovers(files, directory)
  await new VersionStore(files, directory).rewrite(version, contents, access, rollback)
  await publishVersion(files, directory, version, more, rollback)
}

/**
 * Publishes a version as it is there: one before, or the live one when only plain files change or links were lost. Returns
 * the names that have a link only now.
 */
export async function publishVersion(
  files: FileSystem,
  directory: string,
  version: number,
  more: MorePublished,
  rollback: Rollback,
): Promise<readonly string[]> {
  const names = await new VersionStore(files, directory).namesIn(version)
  await more.plain?.begin(version, rollback)
  const added = await goTo(files, directory, version, more, rollback)
  // A version that is not published any more stays for those who are reading it; the next run removes it.
  await removeStaleLinks(files, directory, names).catch(() => undefined)
  return added
}

async function goTo(
  files: FileSystem,
  directory: string,
  version: number,
  { plain, remember }: MorePublished,
  rollback: Rollback,
): Promise<readonly string[]> {
  const store = new VersionStore(files, directory)
  const added = await addLinks(files, directory, await store.namesIn(version), rollback)
  if (added.length > 0) await syncDirectory(files, directory)
  const isOther = (await store.live()) !== version
  await remember(rollback, isOther || added.length > 0 || plain !== undefined)
  await plain?.prepare()
  await plain?.exchange()
  if (isOther) await store.switchTo(version, rollback)
  await plain?.finish()
  return added
}

export interface Version {
  readonly number: number
  readonly path: string
}

/** The versions before the live one that could be gone back to, the newest first. */
export async function versionsBefore(files: FileSystem, directory: string): Promise<readonly Version[]> {
  const store = new VersionStore(files, directory)
  const [, ...older] = await store.kept()
  const versions = await Promise.all(older.map(async (number) => ({ number, names: await store.namesIn(number) })))
  return versions.flatMap(({ number, names }) =>
    names.includes(fileNames.record) ? [{ number, path: store.pathOf(number) }] : [],
  )
}

/** Removes what a killed run left behind and versions beyond the last three; touches nothing when there is nothing. */
export async function clearLeftovers(files: FileSystem, directory: string): Promise<void> {
  const store = new VersionStore(files, directory)
  await store.prune()
  await removeStaleLinks(files, directory, await shownNames(files, store))
}

/** Whether a killed run left something behind; a run at work looks the same, so what is there is cleared under the lock. */
export async function hasLeftovers(files: FileSystem, directory: string): Promise<boolean> {
  const store = new VersionStore(files, directory)
  if (await store.hasSurplus()) return true
  const published = await shownNames(files, store)
  const names = await files.readdir(directory)
  return names.some(
    (name) => temporaryNames.includes(name) || (stableNames.includes(name) && !published.includes(name)),
  )
}

/** The names that lead into the live version: a link to a file that was lost there is not stale, it says what is missing. */
async function shownNames(files: FileSystem, store: VersionStore): Promise<readonly string[]> {
  const live = await store.live()
  if (live === undefined) return []
  const names = await store.namesIn(live)
  if (names.length === 0) return names
  const hasLostKey = !names.includes(fileNames.key) && (await isToHaveKey(files, store.pathOf(live)))
  return [...names, ...constantNames, ...(hasLostKey ? [fileNames.key] : [])]
}

/** A record that can't be read says nothing. */
async function isToHaveKey(files: FileSystem, version: string): Promise<boolean> {
  const path = join(version, fileNames.record)
  try {
    return keepsKey(parseCertificateRecord(await readTrustedFile(files, path), path))
  } catch {
    return false
  }
}
