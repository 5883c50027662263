import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Inventory } from './inventory.ts'
import type { InventoryEntry } from './inventory-entry.ts'
import { liveName } from './version-store.ts'

/**
 * The certificate directories that a path stands for: itself or, where files of another tool were taken over, those where
 * certctl keeps what is in these files, or in files of that directory.
 */
export async function directoriesAt(path: string, stateDirectory: string): Promise<readonly string[]> {
  if (existsSync(join(path, liveName))) return [path]
  const { entries } = await new Inventory(stateDirectory).list()
  const asked = placeOf(path)
  const meant = [...entries.values()].filter((entry) => isKnownBy(asked, entry))
  return meant.length === 0 ? [path] : meant.map(({ directory }) => directory)
}

/** Where certctl keeps what is in a file that was taken over; undefined for any other file. */
export async function directoryOfFile(path: string, stateDirectory: string): Promise<string | undefined> {
  const { entries } = await new Inventory(stateDirectory).list()
  return [...entries.values()].find(({ adopted }) => adopted?.files.includes(path))?.directory
}

function isKnownBy(asked: string, { adopted }: InventoryEntry): boolean {
  if (adopted === undefined) return false
  return adopted.path === asked || adopted.files.some((file) => isAt(file, asked))
}

function isAt(file: string, asked: string): boolean {
  return file === asked || dirname(file) === asked
}

/** A directory by its real path, a file by its name in one: it may be a link itself. */
function placeOf(path: string): string {
  const absolute = resolve(path)
  try {
    const parent = realpathSync(dirname(absolute))
    const place = join(parent, basename(absolute))
    return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true ? realpathSync(place) : place
  } catch {
    return absolute
  }
}
