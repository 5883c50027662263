import { basename, join, resolve } from 'node:path'
import type { Secret } from '../core/secret.ts'
import {
  filesOf,
  publishedFiles,
  type CertificateSet,
  type PublishedFiles,
  type VersionFile,
} from './certificate-set.ts'
import { amongVersions, existsAlready, noCertificate } from './directory-errors.ts'
import { futureRealPath, keeperOf, lookAt, type DirectoryLook } from './directory-state.ts'
import { letsIn, type FileAccess } from './file-access.ts'
import { withFileErrors } from './file-error.ts'
import type { FileSystem } from './file-system.ts'
import { promptFiles } from './prompt-files.ts'
import { assertWritable, makeDirectory } from './make-directory.ts'
import { changedFiles, type PlainFile } from './plain/plain-file.ts'
import { PlainPublication } from './plain/plain-publication.ts'
import type { PublishJournal } from './plain/publish-journal.ts'
import {
  clearLeftovers,
  hasLeftovers,
  publishEarlier,
  publishSet,
  publishVersion,
  versionsBefore,
  type MorePublished,
  type Version,
} from './publish.ts'
import { holdsSet, readPublishedKey, readPublishedSet, readWholeSet, type PublishedSet } from './published-set.ts'
import { recover } from './recover.ts'
import { Rollback } from './rollback.ts'
import { findStandingFiles } from './standing-files.ts'

export type DirectoryState = DirectoryLook['state']
type PublishedLook = Extract<DirectoryLook, { state: 'published' }>

export interface PublishOptions {
  /** Whether what is there already may be replaced. */
  readonly replace: boolean
  readonly access?: FileAccess
  readonly more?: MoreToPublish
}

export interface GoBackOptions {
  readonly access?: FileAccess
  readonly more: MoreToPublish
}

/** What becomes of a publication beyond its directory. */
export interface MoreToPublish {
  readonly journal: PublishJournal
  /** In the order of their exchange. */
  readonly plainFiles: readonly PlainFile[]
  /** Runs while nothing is shown yet; what it does is undone by the rollback. `isSeen`: something else will show than before. */
  readonly remember: (rollback: Rollback, isSeen: boolean) => Promise<void>
}

export interface Published {
  readonly files: PublishedFiles
  /** Absolute paths of what shows something else than before; empty when nothing changed. */
  readonly written: readonly string[]
}

/** The directory at a path, absolute or relative to the working directory; nothing is read yet. */
export function openCertificateDirectory(path: string, files: FileSystem = promptFiles): CertificateDirectory {
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

  /** All that is published, to be published again. */
  async readWhole(): Promise<CertificateSet> {
    const version = await this.#liveVersion()
    return withFileErrors(this.path, 'read', () => readWholeSet(this.#files, version, this.path))
  }

  /** Undefined where there is none. */
  async readKey(): Promise<Secret | undefined> {
    const version = await this.#liveVersion()
    return withFileErrors(this.path, 'read', () => readPublishedKey(this.#files, version))
  }

  /** Whether its mode lets in all to whom this gives its files. */
  async letsIn(access: FileAccess): Promise<boolean> {
    return withFileErrors(this.path, 'read', async () => letsIn(await this.#files.lstat(await this.realPath()), access))
  }

  /** Throws what `publish` would throw, as far as it can be known before an issuer is asked. */
  async assertPublishable(options: PublishOptions): Promise<void> {
    await this.#lookBeforePublishing(options)
  }

  /** What is there already is not written again. On an error, what was there is as it was. */
  async publish(set: CertificateSet, options: PublishOptions): Promise<Published> {
    const look = await this.#lookBeforePublishing(options)
    const { access = {} } = options
    const contents = filesOf(set, access)
    const files = this.#filesOf(set)
    return withFileErrors(this.path, 'written', async () => {
      const more = await this.#moreOf(options.more)
      const plain = more.plain?.paths ?? []
      if (look.state === 'published' && (await this.#isWhole(look, contents))) {
        const added = await this.#goTo(look, Number(basename(look.version)), more)
        return { files, written: [...this.#stable(added), ...plain] }
      }
      await this.#replace(contents, access, more)
      return { files, written: [...this.#stable(contents.map(({ name }) => name)), ...plain] }
    })
  }

  /** The versions before the live one that are kept, the newest first. */
  async before(): Promise<readonly Version[]> {
    const { directory } = await this.#published()
    return withFileErrors(this.path, 'read', () => versionsBefore(this.#files, directory))
  }

  async readBefore({ path }: Version): Promise<CertificateSet> {
    return withFileErrors(this.path, 'read', () => readWholeSet(this.#files, path, this.path))
  }

  /**
   * Publishes the set of a version before the live one in its place, for those who may read it now. On an error, what was
   * published stays so.
   */
  async goBack({ number }: Version, set: CertificateSet, { access = {}, more }: GoBackOptions): Promise<Published> {
    const { directory } = await this.#published()
    const contents = filesOf(set, access)
    return withFileErrors(this.path, 'written', async () => {
      await assertWritable(this.#files, this.path)
      const publication = { contents, access, more: await this.#moreOf(more) }
      await this.#orBack((rollback) => publishEarlier(this.#files, directory, number, publication, rollback))
      const written = [...this.#stable(contents.map(({ name }) => name)), ...(publication.more.plain?.paths ?? [])]
      return { files: this.#filesOf(set), written }
    })
  }

  /** Brings to its end what a killed run was publishing here and elsewhere. */
  async recover(journal: PublishJournal): Promise<void> {
    if (!journal.isThere) return
    const realPath = await this.realPath()
    await withFileErrors(this.path, 'written', () => recover(this.#files, realPath, journal))
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

  async #published(): Promise<PublishedLook> {
    const look = await this.#look()
    if (look.state !== 'published') throw noCertificate(this.path, look.state)
    return look
  }

  async #liveVersion(): Promise<string> {
    return (await this.#published()).version
  }

  async #lookBeforePublishing({ replace }: PublishOptions): Promise<DirectoryLook> {
    const look = await this.#look()
    await this.#assertNotKept()
    if (!replace && (look.state === 'published' || look.state === 'foreign')) throw existsAlready(this.path)
    await withFileErrors(this.path, 'written', () => assertWritable(this.#files, this.path))
    return look
  }

  #filesOf({ key, ca }: CertificateSet): PublishedFiles {
    return publishedFiles(this.path, { key: key !== undefined, ca: ca !== undefined })
  }

  /** What is put among the versions of a certificate goes with them. */
  async #assertNotKept(): Promise<void> {
    const keeper = keeperOf(await this.realPath())
    if (keeper !== undefined) throw amongVersions(this.path, keeper)
  }

  #stable(names: readonly string[]): readonly string[] {
    return names.map((name) => join(this.path, name))
  }

  async #moreOf(more: MoreToPublish | undefined): Promise<MorePublished> {
    if (more === undefined) return { plain: undefined, remember: () => Promise.resolve() }
    const changed = await changedFiles(this.#files, more.plainFiles)
    const plain = changed.length === 0 ? undefined : new PlainPublication(this.#files, more.journal, changed)
    return { plain, remember: more.remember }
  }

  /** Whether all is there but links: one that is lost is made again, what stands in the place of one is taken over. */
  async #isWhole({ directory, version }: PublishedLook, contents: readonly VersionFile[]): Promise<boolean> {
    if (!(await holdsSet(this.#files, version, contents))) return false
    return (await findStandingFiles(this.#files, directory)).length === 0
  }

  async #goTo(look: PublishedLook, version: number, more: MorePublished): Promise<readonly string[]> {
    await clearLeftovers(this.#files, look.directory)
    return this.#orBack((rollback) => publishVersion(this.#files, look.directory, version, more, rollback))
  }

  async #replace(contents: readonly VersionFile[], access: FileAccess, more: MorePublished): Promise<void> {
    await this.#orBack(async (rollback) => {
      await makeDirectory(this.#files, this.path, rollback, access)
      const directory = await this.#files.realpath(this.path)
      await publishSet(this.#files, directory, { contents, access, more }, rollback)
    })
  }

  async #orBack<Result>(action: (rollback: Rollback) => Promise<Result>): Promise<Result> {
    const rollback = new Rollback()
    try {
      return await action(rollback)
    } catch (error) {
      await rollback.run()
      throw error
    }
  }
}
