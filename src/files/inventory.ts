import { createHash } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { errorMessage } from '../core/errors.ts'
import { writeFileAtomically } from './atomic-write.ts'
import { fileError, unlessMissing, withFileErrors } from './file-error.ts'
import type { FileSystem } from './file-system.ts'
import { PublishJournal } from './plain/publish-journal.ts'
import { promptFiles } from './prompt-files.ts'
import { liveName } from './version-store.ts'
import { formatInventoryEntry, readInventoryEntry, type InventoryEntry } from './inventory-entry.ts'

export interface InventoryList {
  /** Sorted; real paths. */
  readonly directories: readonly string[]
  /** By their directories; of those that make sense as a whole. */
  readonly entries: ReadonlyMap<string, InventoryEntry>
  /** One for each entry that makes no sense; it is skipped. */
  readonly warnings: readonly string[]
}

/** The certificate directories that were issued on this host: one small file each in `certificates/` of the state directory. */
export class Inventory {
  readonly #stateDirectory: string
  readonly #directory: string
  readonly #files: FileSystem

  constructor(stateDirectory: string, files: FileSystem = promptFiles) {
    this.#stateDirectory = stateDirectory
    this.#directory = join(stateDirectory, 'certificates')
    this.#files = files
  }

  /** Undefined for a directory (its real path) that is not known. FileError. */
  read(directory: string): InventoryEntry | undefined {
    return readInventoryEntry(this.pathOf(directory))
  }

  /**
   * Writes what the change makes of the entry, or of a new one, as a whole; with nothing changed nothing is written.
   * Callers hold the certificate's lock, and keep the keys that they don't know. FileError.
   */
  async update(directory: string, change: (entry: InventoryEntry) => InventoryEntry): Promise<void> {
    const before = this.read(directory)
    const after = change(before ?? { schema: 1, directory })
    if (isDeepStrictEqual(before, after)) return
    await withFileErrors(this.#directory, 'made', () =>
      this.#files.mkdir(this.#directory, { recursive: true, mode: 0o700 }),
    )
    await writeFileAtomically(this.pathOf(directory), formatInventoryEntry(after), {
      mode: 0o600,
      files: this.#files,
      // To look for what killed runs left would be to list ten thousand entries for each that is written.
      isLocked: true,
    })
  }

  async list(): Promise<InventoryList> {
    const found = await withFileErrors(this.#directory, 'read', () =>
      unlessMissing(this.#files.readdir(this.#directory)),
    )
    const names = (found ?? []).filter(isEntryName)
    const listed = names.map((name) => listEntry(join(this.#directory, name)))
    const entries = listed.flatMap(({ entry }, index) =>
      entry && names[index] === nameOf(entry.directory) ? [entry] : [],
    )
    return {
      directories: listed.flatMap(({ directory }) => directory ?? []).sort(),
      entries: new Map(entries.map((entry) => [entry.directory, entry])),
      warnings: listed.flatMap(({ warning }) => warning ?? []),
    }
  }

  /**
   * Whether a directory (its real path) has no certificate any more, and none that a killed run was publishing; false where
   * that can't be told.
   */
  isGone(directory: string): boolean {
    try {
      const live = lstatSync(join(directory, liveName), { throwIfNoEntry: false })
      return live === undefined && !new PublishJournal(this.#stateDirectory, directory).isThere
    } catch {
      return false
    }
  }

  /** One that is not known is no error. */
  async forget(directory: string): Promise<void> {
    const path = this.pathOf(directory)
    await withFileErrors(path, 'removed', () => this.#files.rm(path, { force: true }))
  }

  /** Of the entry: removing it makes this host forget the directory. */
  pathOf(directory: string): string {
    return join(this.#directory, nameOf(directory))
  }
}

function nameOf(directory: string): string {
  return `${createHash('sha256').update(directory).digest('hex').slice(0, 32)}.json`
}

function isEntryName(name: string): boolean {
  return /^[0-9a-f]{32}\.json$/.test(name)
}

interface Listed {
  readonly directory?: string
  /** Only of one that makes sense as a whole, and that others can't change. */
  readonly entry?: InventoryEntry
  readonly warning?: string
}

/** One that makes no sense as a whole is listed all the same: whoever works on it says what is wrong with it. */
function listEntry(path: string): Listed {
  try {
    const entry = readInventoryEntry(path)
    return entry === undefined ? {} : { directory: entry.directory, entry }
  } catch {
    return listDirectory(path)
  }
}

function listDirectory(path: string): Listed {
  try {
    const entry: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isEntry(entry) ? { directory: entry.directory } : { warning: noEntry(path) }
  } catch (error) {
    if (error instanceof SyntaxError) return { warning: noEntry(path) }
    return { warning: `${path} is skipped: ${errorMessage(fileError(error, path, 'read'))}` }
  }
}

function isEntry(value: unknown): value is { directory: string } {
  const isObject = typeof value === 'object' && value !== null && 'schema' in value && 'directory' in value
  return isObject && value.schema === 1 && typeof value.directory === 'string'
}

function noEntry(path: string): string {
  return `${path} is skipped: it is no entry`
}
