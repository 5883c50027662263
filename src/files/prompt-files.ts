import * as fs from 'node:fs'
import { promisify } from 'node:util'
import type { FileSystem, OpenFile } from './file-system.ts'

const sync = promisify(fs.fsync)

/**
 * The file system, its calls made at once: in the thread pool the way there and back takes several times as long as most of
 * them, and a certificate needs some seventy. What waits for the disk, which is to sync a file, is left to the pool, so that
 * many wait together. For commands that end; a loop that must answer at any time takes `systemFiles`.
 */
export const promptFiles: FileSystem = {
  access: atOnce(fs.accessSync),
  link: atOnce(fs.linkSync),
  lstat: atOnce(fs.lstatSync) as FileSystem['lstat'],
  mkdir: atOnce(fs.mkdirSync) as FileSystem['mkdir'],
  open: (path, flags, mode) => attempt(() => new PromptFile(fs.openSync(path, flags, mode))),
  readdir: atOnce(fs.readdirSync) as FileSystem['readdir'],
  readlink: atOnce(fs.readlinkSync) as FileSystem['readlink'],
  realpath: atOnce(fs.realpathSync.native) as FileSystem['realpath'],
  rename: atOnce(fs.renameSync),
  rm: atOnce(fs.rmSync),
  rmdir: atOnce(fs.rmdirSync),
  symlink: (target, path) => attempt(() => fs.symlinkSync(target, path)),
  unlink: atOnce(fs.unlinkSync),
  renameSync: fs.renameSync,
}

class PromptFile implements OpenFile {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  stat(): Promise<fs.Stats> {
    return attempt(() => fs.fstatSync(this.#descriptor))
  }

  chown(uid: number, gid: number): Promise<void> {
    return attempt(() => fs.fchownSync(this.#descriptor, uid, gid))
  }

  chmod(mode: number): Promise<void> {
    return attempt(() => fs.fchmodSync(this.#descriptor, mode))
  }

  read(buffer: Buffer, offset: number, length: number, position: null): Promise<{ bytesRead: number; buffer: Buffer }> {
    return attempt(() => ({ bytesRead: fs.readSync(this.#descriptor, buffer, offset, length, position), buffer }))
  }

  readFile(): Promise<Buffer> {
    return attempt(() => fs.readFileSync(this.#descriptor))
  }

  writeFile(content: string | Uint8Array): Promise<void> {
    return attempt(() => fs.writeFileSync(this.#descriptor, content))
  }

  sync(): Promise<void> {
    return sync(this.#descriptor)
  }

  close(): Promise<void> {
    return attempt(() => fs.closeSync(this.#descriptor))
  }
}

function atOnce<Parameters extends readonly unknown[], Result>(
  call: (...parameters: Parameters) => Result,
): (...parameters: Parameters) => Promise<Result> {
  return (...parameters) => attempt(() => call(...parameters))
}

async function attempt<Result>(action: () => Result): Promise<Result> {
  return Promise.resolve(action())
}
