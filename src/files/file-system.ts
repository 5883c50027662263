import { renameSync, type Stats } from 'node:fs'
import * as promises from 'node:fs/promises'

/** What is done with an open file; of Node's `FileHandle`, as much as publishing needs. */
export interface OpenFile {
  stat(): Promise<Stats>
  chown(uid: number, gid: number): Promise<void>
  chmod(mode: number): Promise<void>
  read(buffer: Buffer, offset: number, length: number, position: null): Promise<{ bytesRead: number; buffer: Buffer }>
  readFile(): Promise<Buffer>
  writeFile(content: string | Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The calls that publishing is made of, so that a test can stop the program at any one of them. */
export type FileSystem = Pick<
  typeof promises,
  | 'access'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'readdir'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'symlink'
  | 'unlink'
> & {
  open(path: string, flags: string | number, mode?: number): Promise<OpenFile>
  /** For names that must change right after one another: a turn of the event loop takes longer than the call. */
  readonly renameSync: typeof renameSync
}

// Not a copy: in the bundle a module is loaded by the first look at one of its functions.
export const systemFiles: FileSystem = Object.assign(Object.create(promises) as typeof promises, { renameSync })
