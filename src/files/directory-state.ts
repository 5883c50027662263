import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FileError } from '../core/errors.ts'
import { fileNames, stableNames } from './certificate-set.ts'
import { isMissing, unlessMissing } from './file-error.ts'
import type { FileSystem } from './file-system.ts'
import { isPublishedLink, temporaryNames } from './published-links.ts'
import { shellWord } from './shell-word.ts'
import { assertTrustedDirectory } from './trusted-path.ts'
import { liveName, storeName, VersionStore } from './version-store.ts'

/** What one look at a directory found. Paths are real; that of the live version was resolved once. */
export type DirectoryLook =
  | { readonly state: 'absent' }
  /** What a killed first run left counts as empty; `foreign` holds what certctl did not make. */
  | { readonly state: 'empty' | 'foreign'; readonly directory: string }
  | { readonly state: 'published'; readonly directory: string; readonly version: string }

/** FileError for a link to nothing, a file, or a directory in which others may write: it is asked before it is believed. */
export async function lookAt(files: FileSystem, path: string): Promise<DirectoryLook> {
  const directory = await realDirectory(files, path)
  if (directory === undefined) return { state: 'absent' }
  const store = new VersionStore(files, directory)
  await assertTrustedDirectory(files, directory)
  await store.assertTrusted()
  const live = await store.live()
  if (live !== undefined) {
    const version = store.pathOf(live)
    const names = await namesIn(files, version)
    if (names.includes(fileNames.record)) return { state: 'published', directory, version }
    if (names.length > 0) return { state: 'foreign', directory }
  }
  return { state: (await holdsOnlyOwn(files, directory)) ? 'empty' : 'foreign', directory }
}

/** The real path that a directory has, or would have once it is made. */
export async function futureRealPath(files: FileSystem, path: string): Promise<string> {
  try {
    return await files.realpath(path)
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error
    return join(await futureRealPath(files, dirname(path)), basename(path))
  }
}

/** The certificate directory that keeps its versions around a real path; undefined where none does. */
export function keeperOf(path: string): string | undefined {
  const parent = dirname(path)
  if (parent === path) return undefined
  return basename(path) === storeName && existsSync(join(parent, liveName)) ? parent : keeperOf(parent)
}

async function realDirectory(files: FileSystem, path: string): Promise<string | undefined> {
  const stats = await unlessMissing(files.lstat(path))
  if (stats === undefined) return undefined
  const real = await unlessMissing(files.realpath(path))
  if (real === undefined) throw linkToNothing(path)
  if (!(await files.lstat(real)).isDirectory()) throw notDirectory(path)
  return real
}

async function namesIn(files: FileSystem, version: string): Promise<readonly string[]> {
  const exists = await unlessMissing(assertTrustedDirectory(files, version).then(() => true))
  return exists ? files.readdir(version) : []
}

async function holdsOnlyOwn(files: FileSystem, directory: string): Promise<boolean> {
  for (const name of await files.readdir(directory)) {
    if ([liveName, storeName, ...temporaryNames].includes(name)) continue
    if (!stableNames.includes(name) || !(await isPublishedLink(files, directory, name))) return false
  }
  return true
}

export function linkToNothing(path: string): FileError {
  return new FileError(`${path} is a link to nothing`, {
    code: 'not-found',
    hint: `make the directory that it leads to, or remove the link: rm ${shellWord(path)}`,
    facts: { path },
  })
}

export function notDirectory(path: string): FileError {
  return new FileError(`${path} is not a directory`, {
    code: 'not-a-directory',
    hint: 'name a directory, or move the file away',
    facts: { path },
  })
}
