import { resolve } from 'node:path'
import { UsageError } from '../core/errors.ts'
import { directoriesAt } from '../files/directories-at.ts'
import { Inventory } from '../files/inventory.ts'
import { ownStateDirectory } from './host-settings.ts'

/** The directories that were named, each once, or all that were issued on this host. */
export async function statusDirectories(
  paths: readonly string[],
  warn: (text: string) => void,
): Promise<readonly string[]> {
  if (paths.includes(''))
    throw new UsageError('a directory is named by an empty text', { hint: 'look for a variable that is not set' })
  const stateDirectory = ownStateDirectory()
  if (paths.length > 0) {
    const known = await Promise.all(paths.map((path) => directoriesAt(resolve(path), stateDirectory)))
    return [...new Set(known.flat())]
  }
  const { directories, warnings } = await new Inventory(stateDirectory).list()
  warnings.forEach(warn)
  return directories
}
