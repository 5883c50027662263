import { basename, dirname, join } from 'node:path'
import { futureRealPath } from './directory-state.ts'
import { systemFiles, type FileSystem } from './file-system.ts'

/**
 * Where a directory, or a file that is written by an exchange of its name, really is; also before it is made. What can't be
 * looked at keeps the path that it was given: whoever writes there hears why.
 */
export async function realDirectory(path: string, files: FileSystem = systemFiles): Promise<string> {
  try {
    return await futureRealPath(files, path)
  } catch {
    return path
  }
}

/** A link in the place of the file itself does not count: the exchange puts the file there. */
export async function realTarget(path: string, files: FileSystem = systemFiles): Promise<string> {
  return join(await realDirectory(dirname(path), files), basename(path))
}

/** Those of the paths that lead to none of the others' files. */
export async function leadingElsewhere(
  paths: readonly string[],
  others: readonly string[],
): Promise<readonly string[]> {
  if (paths.every((path) => others.includes(path))) return []
  const known = new Set(await realTargets(others))
  const targets = await realTargets(paths)
  return paths.filter((_, at) => !known.has(targets[at]!))
}

export async function realTargets(paths: readonly string[]): Promise<readonly string[]> {
  return Promise.all(paths.map((path) => realTarget(path)))
}
