import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { FileError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { writeFileAtomically } from '../../files/atomic-write.ts'
import { createFile, syncDirectory } from '../../files/create-file.ts'
import { isMissing, withFileErrors } from '../../files/file-error.ts'
import { systemFiles } from '../../files/file-system.ts'
import { isPidInUse } from '../../files/processes.ts'
import { readTrustedFile } from '../../files/trusted-path.ts'

/** The embedded CA as files; `certificates` begins with the CA's own, its issuers follow. */
export interface AuthorityFiles {
  readonly certificates: string
  readonly key: Secret
  readonly revocationList: string
}

/** The code of the error that `create` throws when there is a CA already. */
export const authorityExists = 'authority-exists'

/** The embedded CA's directory: `ca.pem`, `ca-key.pem` and `crl.pem`. It is published, and replaced, as a unit. */
export class AuthorityStore {
  readonly certificatePath: string
  readonly keyPath: string
  readonly revocationListPath: string

  constructor(readonly directory: string) {
    this.certificatePath = join(directory, 'ca.pem')
    this.keyPath = join(directory, 'ca-key.pem')
    this.revocationListPath = join(directory, 'crl.pem')
  }

  get exists(): boolean {
    return existsSync(this.certificatePath) || existsSync(this.keyPath)
  }

  readCertificates(): Promise<string> {
    return readExisting(this.certificatePath)
  }

  /** Refuses a key that others may read. */
  async readKey(): Promise<string> {
    const text = await readExisting(this.keyPath)
    const { mode } = await stat(this.keyPath)
    if ((mode & 0o077) === 0) return text
    throw new FileError(`${this.keyPath} may be used by others: its mode is ${(mode & 0o777).toString(8)}`, {
      code: 'not-trusted',
      hint: `chmod 600 ${this.keyPath}`,
    })
  }

  /** Undefined when there is none, as in a directory that was restored without it. */
  async readRevocationList(): Promise<string | undefined> {
    return existsSync(this.revocationListPath) ? readExisting(this.revocationListPath) : undefined
  }

  /** The caller keeps other writers away. */
  async writeRevocationList(pem: string): Promise<void> {
    await writeFileAtomically(this.revocationListPath, pem, { mode: 0o644 })
  }

  /** Of many that create at once one succeeds; the others get a FileError with the code `authorityExists`. */
  async create(files: AuthorityFiles): Promise<void> {
    if (this.exists) throw alreadyThere(this.directory)
    await this.#publish(files, () => Promise.resolve())
  }

  /** Moves an existing CA aside, so that no key is lost, and gives its new path; undefined when there was none. */
  async replace(files: AuthorityFiles, now: Date): Promise<string | undefined> {
    const aside = `${this.directory}.replaced-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`
    const isReplacing = this.exists
    await this.#publish(files, async () => {
      if (isReplacing) await rename(this.directory, aside)
    })
    return isReplacing ? aside : undefined
  }

  /** The newest CA that was moved aside. */
  async findReplaced(): Promise<string | undefined> {
    const newest = (await this.#siblings('.replaced-')).sort().at(-1)
    return newest && join(dirname(this.directory), newest)
  }

  async #publish(files: AuthorityFiles, makeRoom: () => Promise<void>): Promise<void> {
    const fresh = `${this.directory}.new-${process.pid}-${randomBytes(4).toString('hex')}`
    try {
      await withFileErrors(this.directory, 'made', async () => {
        await mkdir(dirname(this.directory), { recursive: true, mode: 0o700 })
        await this.#clearAbandoned()
        await prepare(fresh, files)
        await makeRoom()
        // A directory is never renamed over one that holds files (rename(2), ENOTEMPTY): whoever comes second fails.
        await rename(fresh, this.directory)
        await syncDirectory(systemFiles, dirname(this.directory))
      })
    } catch (error) {
      // What made it fail may also keep it from being removed; the next run clears it.
      await rm(fresh, { recursive: true, force: true }).catch(() => undefined)
      const isSecond = error instanceof FileError && error.code === 'exists' && this.exists
      throw isSecond ? alreadyThere(this.directory, error) : error
    }
  }

  /** What killed runs left, a key among it. */
  async #clearAbandoned(): Promise<void> {
    for (const name of await this.#siblings('.new-')) {
      const pid = Number(/\.new-(\d+)-[0-9a-f]+$/.exec(name)?.[1])
      if (pid > 0 && !isPidInUse(pid)) await rm(join(dirname(this.directory), name), { recursive: true, force: true })
    }
  }

  async #siblings(suffix: string): Promise<string[]> {
    const names = await readdir(dirname(this.directory)).catch(() => [])
    return names.filter((name) => name.startsWith(basename(this.directory) + suffix))
  }
}

async function prepare(directory: string, files: AuthorityFiles): Promise<void> {
  const { keyPath, certificatePath, revocationListPath } = new AuthorityStore(directory)
  await mkdir(directory, { mode: 0o700 })
  await createFile(systemFiles, keyPath, files.key.reveal(), 0o600)
  await createFile(systemFiles, certificatePath, files.certificates, 0o644)
  await createFile(systemFiles, revocationListPath, files.revocationList, 0o644)
  await syncDirectory(systemFiles, directory)
}

function readExisting(path: string): Promise<string> {
  return withFileErrors(path, 'read', async () => {
    try {
      return await readTrustedFile(systemFiles, path)
    } catch (cause) {
      if (!isMissing(cause)) throw cause
      const hint = 'restore it, or make a new CA: certctl local init --force'
      throw new FileError(`${path} is missing`, { code: 'not-found', hint, cause })
    }
  })
}

function alreadyThere(directory: string, cause?: unknown): FileError {
  return new FileError(`${directory} already holds a CA`, {
    code: authorityExists,
    hint: '--force makes a new one and keeps this one beside it',
    cause,
  })
}
