import type { Dirent } from 'node:fs'
import { join } from 'node:path'
import { fileNames, stableNames } from './certificate-set.ts'

/** A file that does not show what it should, while what it should show is still here. */
export interface Damage {
  /** Absolute. */
  readonly path: string
  readonly harm: 'missing' | 'changed'
}

/** Every version has these. */
export const constantNames: readonly string[] = [fileNames.cert, fileNames.chain, fileNames.fullchain, fileNames.record]

/**
 * Where a directory does not show its live version: a link is gone or something else is in its place, or the version lost
 * the file that the others tell the content of. `entries` are the directory's, `published` the names in the version.
 */
export function directoryDamage(
  directory: string,
  entries: readonly Dirent[],
  published: readonly string[],
): readonly Damage[] {
  const damage: Damage[] = []
  for (const name of stableNames) {
    const isPublished = published.includes(name)
    if (!isPublished && !constantNames.includes(name)) continue
    const entry = entries.find((one) => one.name === name)
    const isWhole = isPublished && entry?.isSymbolicLink() === true
    const harm = entry === undefined || !isPublished ? 'missing' : 'changed'
    if (!isWhole) damage.push({ path: join(directory, name), harm })
  }
  return damage
}

/** One line for people, as `/etc/tls/web.pem is gone`. */
export function damageText(damage: readonly Damage[]): string {
  return damage.map(({ path, harm }) => `${path} ${harm === 'missing' ? 'is gone' : 'holds something else'}`).join(', ')
}
