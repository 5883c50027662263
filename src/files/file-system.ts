import { renameSync } from 'node:fs'
import * as promises from 'node:fs/promises'

/** The calls that publishing is made of, so that a test can stop the program at any one of them. */
export type FileSystem = Pick<
  typeof promises,
  | 'access'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readdir'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'symlink'
  | 'unlink'
> & {
  /** For names that must change right after one another: a turn of the event loop takes longer than the call. */
  readonly renameSync: typeof renameSync
}

// Not a copy: in the bundle a module is loaded by the first look at one of its functions.
export const systemFiles: FileSystem = Object.assign(Object.create(promises) as typeof promises, { renameSync })
