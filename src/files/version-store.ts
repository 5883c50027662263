import { join } from 'node:path'
import { FileError, systemErrorCode } from '../core/errors.ts'
import type { VersionFile } from './certificate-set.ts'
import { createFile, syncDirectory } from './create-file.ts'
import { unlessMissing } from './file-error.ts'
import { openWay, type FileAccess } from './file-access.ts'
import type { FileSystem } from './file-system.ts'
import { replaceByLink } from './replace-link.ts'
import type { Rollback } from './rollback.ts'
import { shellWord } from './shell-word.ts'
import { assertTrustedDirectory } from './trusted-path.ts'

export const liveName = '.live'
export const storeName = '.certctl'

/** How many versions are there to go back to, the live one included. */
export const keptVersions = 3

/**
 * The numbered versions below `.certctl/versions` of one directory (its real path), and `.live`, the link that says
 * which of them is published. Numbers only grow: a version above the live one is what a killed run left, or was undone.
 */
export class VersionStore {
  readonly #files: FileSystem
  readonly #directory: string
  readonly #versions: string
  readonly #link: string

  constructor(files: FileSystem, directory: string) {
    this.#files = files
    this.#directory = directory
    this.#versions = join(directory, storeName, 'versions')
    this.#link = join(directory, liveName)
  }

  pathOf(version: number): string {
    return join(this.#versions, String(version))
  }

  /** The published version; undefined when there is none. FileError for a `.live` that certctl did not make. */
  async live(): Promise<number | undefined> {
    const target = await this.#liveTarget()
    return target === undefined ? undefined : liveNumber(target, this.#link)
  }

  async has(version: number): Promise<boolean> {
    return (await this.numbers()).includes(version)
  }

  async numbers(): Promise<readonly number[]> {
    const names = (await unlessMissing(this.#files.readdir(this.#versions))) ?? []
    return names.filter((name) => /^\d{1,15}$/.test(name)).map(Number)
  }

  /** FileError unless what leads to the versions may be trusted, as far as it is there. */
  async assertTrusted(): Promise<void> {
    await unlessMissing(assertTrustedDirectory(this.#files, join(this.#directory, storeName)))
    await unlessMissing(assertTrustedDirectory(this.#files, this.#versions))
  }

  /** Makes the store's own directories where they are missing, and lets in whom the access tells; `sync` brings them to the disk. */
  async make(access: FileAccess, rollback: Rollback): Promise<void> {
    for (const path of [join(this.#directory, storeName), this.#versions]) {
      if ((await unlessMissing(this.#files.lstat(path))) === undefined) {
        await this.#files.mkdir(path, 0o755)
        rollback.add(() => this.#files.rmdir(path))
      }
      await openWay(this.#files, path, access, rollback)
    }
  }

  /** An empty version; nobody sees it before `switchTo`. */
  async begin(version: number, rollback: Rollback): Promise<string> {
    const path = this.pathOf(version)
    await this.#files.mkdir(path, 0o755)
    rollback.add(() => this.remove(version))
    return path
  }

  /** A whole version, on the disk before this returns. */
  async add(version: number, contents: readonly VersionFile[], access: FileAccess, rollback: Rollback): Promise<void> {
    const path = await this.begin(version, rollback)
    await openWay(this.#files, path, access, rollback)
    const writes = contents.map(({ name, content, mode, ...creation }) =>
      createFile(this.#files, join(path, name), content, mode, creation),
    )
    const failed = (await Promise.allSettled(writes)).find((write) => write.status === 'rejected')
    if (failed) throw failed.reason
    await this.sync(version)
  }

  /**
   * Writes the files of a version that is not published once more, for those who may read them now. Made beside it and put
   * in its place one by one: a run that is killed leaves the same content, and a version that the next one removes.
   */
  async rewrite(
    version: number,
    contents: readonly VersionFile[],
    access: FileAccess,
    rollback: Rollback,
  ): Promise<void> {
    const spare = Math.max(...(await this.numbers())) + 1
    await this.add(spare, contents, access, rollback)
    await openWay(this.#files, this.pathOf(version), access, rollback)
    for (const { name } of contents) {
      await this.#files.rename(join(this.pathOf(spare), name), join(this.pathOf(version), name))
    }
    await this.sync(version)
    await this.remove(spare)
  }

  /** Brings the names in a version to the disk, and those that lead to it. */
  async sync(version: number): Promise<void> {
    const places = [this.pathOf(version), this.#versions, join(this.#directory, storeName)]
    await Promise.all(places.map((place) => syncDirectory(this.#files, place)))
  }

  /** Publishes a version: one rename, after which every stable name shows the new file. */
  async switchTo(version: number, rollback: Rollback): Promise<void> {
    const before = await this.#liveTarget()
    await replaceByLink(this.#files, `${storeName}/versions/${version}`, this.#link)
    rollback.add(() => this.#switchBack(before))
    await syncDirectory(this.#files, this.#directory)
  }

  async namesIn(version: number): Promise<readonly string[]> {
    return (await unlessMissing(this.#files.readdir(this.pathOf(version)))) ?? []
  }

  /** The last three up to the live one, the newest first. */
  async kept(): Promise<readonly number[]> {
    const live = await this.live()
    if (live === undefined) return []
    const published = (await this.numbers()).filter((version) => version <= live)
    return published.sort((one, other) => other - one).slice(0, keptVersions)
  }

  /** Removes versions that a killed run left, and those older than the last three. */
  async prune(): Promise<void> {
    for (const version of await this.#surplus()) await this.remove(version)
  }

  async hasSurplus(): Promise<boolean> {
    return (await this.#surplus()).length > 0
  }

  async remove(version: number): Promise<void> {
    await this.#files.rm(this.pathOf(version), { recursive: true, force: true })
  }

  async #surplus(): Promise<readonly number[]> {
    const kept = await this.kept()
    return (await this.numbers()).filter((version) => !kept.includes(version))
  }

  async #liveTarget(): Promise<string | undefined> {
    try {
      return await unlessMissing(this.#files.readlink(this.#link))
    } catch (error) {
      throw systemErrorCode(error) === 'EINVAL' ? foreignLive(this.#link) : error
    }
  }

  async #switchBack(target: string | undefined): Promise<void> {
    if (target === undefined) await this.#files.unlink(this.#link)
    else await replaceByLink(this.#files, target, this.#link)
    await syncDirectory(this.#files, this.#directory)
  }
}

/** The version that `.live` leads to. FileError when certctl did not make that link. */
export function liveNumber(target: string, link: string): number {
  const digits = /^\.certctl\/versions\/(\d{1,15})$/.exec(target)?.[1]
  if (digits === undefined) throw foreignLive(link)
  return Number(digits)
}

function foreignLive(path: string): FileError {
  return new FileError(`${path} is not a link into ${storeName}/versions`, {
    code: 'foreign-link',
    hint: `certctl did not make it; if nothing needs it: rm ${shellWord(path)}`,
    facts: { path },
  })
}
