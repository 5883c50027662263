import { filesOf, stableNames, type CertificateSet } from './certificate-set.ts'
import { syncDirectory } from './create-file.ts'
import type { FileSystem } from './file-system.ts'
import { addLinks, removeStaleLinks, temporaryNames } from './published-links.ts'
import type { Rollback } from './rollback.ts'
import { findStandingFiles, takeOver } from './standing-files.ts'
import { VersionStore } from './version-store.ts'

/**
 * Publishes a set in a directory that is there (its real path), as a unit: what a reader finds through one look at
 * `.live`, or at any stable name, is the old set until one rename, and the new one after it. When it throws, the rollback
 * leads back to the old set.
 */
export async function publishSet(
  files: FileSystem,
  directory: string,
  set: CertificateSet,
  rollback: Rollback,
): Promise<void> {
  const store = new VersionStore(files, directory)
  const contents = filesOf(set)
  const names = contents.map(({ name }) => name)
  const standing = await findStandingFiles(files, directory)
  await store.make(rollback)
  const next = Math.max(0, ...(await store.numbers())) + 1
  await clearLeftovers(files, directory)
  // The taken-over version gets the lower number: one above the live version counts as left by a killed run.
  const version = standing.length === 0 ? next : next + 1
  await store.add(version, contents, rollback)
  if (standing.length > 0) await takeOver(files, directory, store, next, standing, rollback)
  if (await addLinks(files, directory, names, rollback)) await syncDirectory(files, directory)
  await store.switchTo(version, rollback)
  // The set is published: what can't be cleared now is cleared by the next run.
  await clearLeftovers(files, directory).catch(() => undefined)
}

/** Removes what a killed run left behind and versions beyond the last three; touches nothing when there is nothing. */
export async function clearLeftovers(files: FileSystem, directory: string): Promise<void> {
  const store = new VersionStore(files, directory)
  await store.prune()
  await removeStaleLinks(files, directory, await store.liveNames())
}

/** Whether a killed run left something behind; a run at work looks the same, so what is there is cleared under the lock. */
export async function hasLeftovers(files: FileSystem, directory: string): Promise<boolean> {
  const store = new VersionStore(files, directory)
  const live = (await store.live()) ?? 0
  if ((await store.numbers()).some((version) => version > live)) return true
  const published = await store.liveNames()
  const names = await files.readdir(directory)
  return names.some(
    (name) => temporaryNames.includes(name) || (stableNames.includes(name) && !published.includes(name)),
  )
}
