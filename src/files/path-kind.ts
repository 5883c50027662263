import { stat } from 'node:fs/promises'
import { systemErrorCode } from '../core/errors.ts'
import { withFileErrors } from './file-error.ts'

/** What a path leads to, links followed; undefined where nothing is. FileError when that can't be told. */
export async function pathKind(path: string): Promise<'directory' | 'file' | undefined> {
  return withFileErrors(path, 'read', async () => {
    try {
      return (await stat(path)).isDirectory() ? 'directory' : 'file'
    } catch (error) {
      if (nothingThere.has(systemErrorCode(error) ?? '')) return undefined
      throw error
    }
  })
}

/** A text that is no path at all may be too long for one, or go on behind a file's name. */
const nothingThere = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])
