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
