import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { errorMessage } from '../core/errors.ts'
import { writeFileAtomically } from './atomic-write.ts'
import { fileError, unlessMissing, withFileErrors } from './file-error.ts'
import { systemFiles, type FileSystem } from './file-system.ts'

const entrySchema = z.looseObject({ schema: z.literal(1), directory: z.string() })

export interface InventoryList {
  /** Sorted; real paths. */
  readonly directories: readonly string[]
  /** One for each entry that makes no sense; it is skipped. */
  readonly warnings: readonly string[]
}

/** The certificate directories that were issued on this host: one small file each in `certificates/` of the state directory. */
export class Inventory {
  readonly #directory: string
  readonly #files: FileSystem

  constructor(stateDirectory: string, files: FileSystem = systemFiles) {
    this.#directory = join(stateDirectory, 'certificates')
    this.#files = files
  }

  /** Takes a real path. One that is known is not written again, and what else its entry says is kept. FileError. */
  async remember(directory: string): Promise<void> {
    const path = this.pathOf(directory)
    if (readEntry(path).directory === directory) return
    await withFileErrors(this.#directory, 'made', () =>
      this.#files.mkdir(this.#directory, { recursive: true, mode: 0o700 }),
    )
    await writeFileAtomically(path, `${JSON.stringify({ schema: 1, directory })}\n`, {
      mode: 0o600,
      files: this.#files,
    })
  }

  async list(): Promise<InventoryList> {
    const names = await withFileErrors(this.#directory, 'read', () =>
      unlessMissing(this.#files.readdir(this.#directory)),
    )
    const entries = (names ?? []).filter(isEntryName).map((name) => readEntry(join(this.#directory, name)))
    return {
      directories: entries.flatMap(({ directory }) => directory ?? []).sort(),
      warnings: entries.flatMap(({ warning }) => warning ?? []),
    }
  }

  /** One that is not known is no error. */
  async forget(directory: string): Promise<void> {
    const path = this.pathOf(directory)
    await withFileErrors(path, 'removed', () => this.#files.rm(path, { force: true }))
  }

  /** Of the entry: removing it makes this host forget the directory. */
  pathOf(directory: string): string {
    return join(this.#directory, `${createHash('sha256').update(directory).digest('hex').slice(0, 32)}.json`)
  }
}

function isEntryName(name: string): boolean {
  return /^[0-9a-f]{32}\.json$/.test(name)
}

// Read synchronously: ten thousand small files take a fraction of what as many turns of the thread pool would.
function readEntry(path: string): { directory?: string; warning?: string } {
  try {
    const entry = entrySchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return entry.success ? { directory: entry.data.directory } : { warning: noEntry(path) }
  } catch (error) {
    if (error instanceof SyntaxError) return { warning: noEntry(path) }
    return { warning: `${path} is skipped: ${errorMessage(fileError(error, path, 'read'))}` }
  }
}

function noEntry(path: string): string {
  return `${path} is skipped: it is no entry`
}
