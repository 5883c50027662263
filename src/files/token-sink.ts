import { constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Secret } from '../core/secret.ts'
import { regularFile, writeFileAtomically } from './atomic-write.ts'
import type { FileOwner } from './create-file.ts'
import { withFileErrors } from './file-error.ts'
import { systemFiles, type FileSystem } from './file-system.ts'

export interface TokenSinkOptions {
  /** Whatever the umask is: the operator chose who may read it. */
  readonly mode: number
  readonly owner: FileOwner | undefined
  readonly files?: FileSystem
}

/** A file that other programs read a token from; a reader sees the old token or the new one, whole. */
export class TokenSink {
  readonly path: string
  readonly #options: TokenSinkOptions

  constructor(path: string, options: TokenSinkOptions) {
    this.path = resolve(path)
    this.#options = options
  }

  /**
   * FileError when the directory is missing or may not be written, or when something else than a file is there: better
   * told at the start than at the first rotation.
   */
  async assertWritable(): Promise<void> {
    const { files = systemFiles } = this.#options
    await withFileErrors(this.path, 'written', () => regularFile(files, this.path))
    await withFileErrors(dirname(this.path), 'written', () =>
      files.access(dirname(this.path), constants.W_OK | constants.X_OK),
    )
  }

  /** The token that is there already is not written again; false says so. FileError. */
  async write(token: Secret): Promise<boolean> {
    return writeFileAtomically(this.path, `${token.reveal()}\n`, { ...this.#options, hasExactMode: true })
  }
}
