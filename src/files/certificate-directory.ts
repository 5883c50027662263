import { constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { FileError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { publishedFiles, type CertificateSet, type PublishedFiles } from './certificate-set.ts'
import { futureRealPath, lookAt, type DirectoryLook } from './directory-state.ts'
import { isMissing, withFileErrors } from './file-error.ts'
import { systemFiles, type FileSystem } from './file-system.ts'
import { makeDirectory } from './make-directory.ts'
import { clearLeftovers, hasLeftovers, publishSet } from './publish.ts'
import { holdsSet, readPublishedKey, readPublishedSet, type PublishedSet } from './published-set.ts'
import { Rollback } from './rollback.ts'
import { shellWord } from './shell-word.ts'

export type DirectoryState = DirectoryLook['state']

export interface PublishOptions {
  /** Whether what is there already may be replaced. */
  readonly replace: boolean
}

/** The directory at a path, absolute or relative to the working directory; nothing is read yet. */
export function openCertificateDirectory(path: string, files: FileSystem = systemFiles): CertificateDirectory {
  return new CertificateDirectory(resolve(path), files)
}

/**
 * Files of one certificate, published as a unit. Callers hold its lock (`withLock`, by `realPath`) while they publish or
 * clear. Every method throws FileError, and nothing in a directory that others may change is believed.
 */
export class CertificateDirectory {
  /** Absolute, as the operator named it. */
  readonly path: string
  readonly #files: FileSystem

  constructor(path: string, files: FileSystem) {
    this.path = path
    this.#files = files
  }

  /** Links resolved; also before the directory is made. The name of its lock. */
  async realPath(): Promise<string> {
    return withFileErrors(this.path, 'read', () => futureRealPath(this.#files, this.path))
  }

  async state(): Promise<DirectoryState> {
    return (await this.#look()).state
  }

  async read(): Promise<PublishedSet> {
    const version = await this.#liveVersion()
    return withFileErrors(this.path, 'read', () => readPublishedSet(this.#files, version, this.path))
  }

  /** Undefined when the key never was on this host. */
  async readKey(): Promise<Secret | undefined> {
    const version = await this.#liveVersion()
    return withFileErrors(this.path, 'read', () => readPublishedKey(this.#files, version))
  }

  /** Throws what `publish` would throw, as far as it can be known before an issuer is asked. */
  async assertPublishable(options: PublishOptions): Promise<void> {
    await this.#lookBeforePublishing(options)
  }

  /** A set that is there already is not written again. On an error, what was there is as it was. */
  async publish(set: CertificateSet, options: PublishOptions): Promise<PublishedFiles> {
    const look = await this.#lookBeforePublishing(options)
    await withFileErrors(this.path, 'written', async () => {
      const isThere = look.state === 'published' && (await holdsSet(this.#files, look.version, set))
      await (isThere ? clearLeftovers(this.#files, look.directory) : this.#replace(set))
    })
    return publishedFiles(this.path, { key: set.key !== undefined, ca: set.ca !== undefined })
  }

  /** Whether a killed run left something, or another is at work; `clearLeftovers` under the lock tells them apart. */
  async hasLeftovers(): Promise<boolean> {
    if ((await this.state()) !== 'published') return false
    return withFileErrors(this.path, 'read', async () => hasLeftovers(this.#files, await this.realPath()))
  }

  /** Removes what a killed run left behind; changes nothing when there is nothing. */
  async clearLeftovers(): Promise<void> {
    const look = await this.#look()
    if (look.state === 'absent' || look.state === 'foreign') return
    await withFileErrors(this.path, 'written', () => clearLeftovers(this.#files, look.directory))
  }

  async #look(): Promise<DirectoryLook> {
    return withFileErrors(this.path, 'read', () => lookAt(this.#files, this.path))
  }

  async #liveVersion(): Promise<string> {
    const look = await this.#look()
    if (look.state !== 'published') throw noCertificate(this.path, look.state)
    return look.version
  }

  async #lookBeforePublishing({ replace }: PublishOptions): Promise<DirectoryLook> {
    const look = await this.#look()
    if (!replace && (look.state === 'published' || look.state === 'foreign')) throw existsAlready(this.path)
    await withFileErrors(this.path, 'written', () => assertWritable(this.#files, this.path))
    return look
  }

  async #replace(set: CertificateSet): Promise<void> {
    const rollback = new Rollback()
    try {
      await makeDirectory(this.#files, this.path, rollback)
      await publishSet(this.#files, await this.#files.realpath(this.path), set, rollback)
    } catch (error) {
      await rollback.run()
      throw error
    }
  }
}

/** Throws the system's error when the path, or what is there of it, can't be written. */
async function assertWritable(files: FileSystem, path: string): Promise<void> {
  try {
    await files.access(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error
    await assertWritable(files, dirname(path))
  }
}

function existsAlready(path: string): FileError {
  return new FileError(`${path} exists and was left as it was`, {
    code: 'exists',
    hint: '--force replaces it',
    facts: { path },
  })
}

function noCertificate(path: string, state: DirectoryState): FileError {
  const message = state === 'absent' ? `${path} does not exist` : `${path} holds no certificate of certctl`
  return new FileError(message, {
    code: 'no-certificate',
    hint: `make one: certctl issue NAME --out ${shellWord(path)}`,
    facts: { path },
  })
}
