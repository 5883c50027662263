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
>

export const systemFiles: FileSystem = promises
