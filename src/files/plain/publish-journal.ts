import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { FileError } from '../../core/errors.ts'
import { createFile, syncDirectory } from '../create-file.ts'
import { withFileErrors } from '../file-error.ts'
import type { FileSystem } from '../file-system.ts'
import { promptFiles } from '../prompt-files.ts'
import { shellWord } from '../shell-word.ts'

const journalsName = 'journals'

const schema = z.object({ schema: z.literal(1), version: z.number(), paths: z.array(z.string()) })

export interface JournalEntry {
  /** Of the certificate directory; published together with the files. */
  readonly version: number
  /** Absolute, in the order of their exchange. */
  readonly paths: readonly string[]
}

/**
 * What a publication that goes beyond one rename is about, in `journals/` of the state directory: `.begun` while files are
 * only prepared, so that the next run may clear them; `.ready` once all of them are, so that it can go on.
 */
export class PublishJournal {
  readonly #directory: string
  readonly #begun: string
  readonly #ready: string
  readonly #files: FileSystem

  /** Of one certificate directory, by its real path. */
  constructor(stateDirectory: string, realPath: string, files: FileSystem = promptFiles) {
    const name = createHash('sha256').update(realPath).digest('hex').slice(0, 32)
    this.#directory = join(stateDirectory, journalsName)
    this.#begun = join(this.#directory, `${name}.begun`)
    this.#ready = join(this.#directory, `${name}.ready`)
    this.#files = files
  }

  /** Whether there is any at all on this host. */
  static areThere(stateDirectory: string): boolean {
    const directory = join(stateDirectory, journalsName)
    return existsSync(directory) && readdirSync(directory).length > 0
  }

  /** Synchronously: every run asks it for every certificate, and hardly ever is there one. */
  get isThere(): boolean {
    return existsSync(this.#begun) || existsSync(this.#ready)
  }

  /** FileError for one that makes no sense. */
  read(): (JournalEntry & { readonly isReady: boolean }) | undefined {
    if (!this.isThere) return undefined
    const isReady = existsSync(this.#ready)
    const path = isReady ? this.#ready : this.#begun
    const entry = schema.safeParse(parseJson(path))
    if (entry.success) return { ...entry.data, isReady }
    // Half a journal: nothing is begun before it is whole.
    if (!isReady) return { version: 0, paths: [], isReady }
    throw new FileError(`${path} is broken: it does not say what was being published`, {
      code: 'broken-journal',
      hint: `look for names that end in .certctl-new beside your files; then: rm ${shellWord(path)}`,
      facts: { path },
    })
  }

  async begin(entry: JournalEntry): Promise<void> {
    await withFileErrors(this.#directory, 'made', () =>
      this.#files.mkdir(this.#directory, { recursive: true, mode: 0o700 }),
    )
    await withFileErrors(this.#begun, 'written', async () => {
      await this.#files.rm(this.#begun, { force: true })
      await createFile(this.#files, this.#begun, `${JSON.stringify({ schema: 1, ...entry })}\n`, 0o600)
      await syncDirectory(this.#files, this.#directory)
    })
  }

  async markReady(): Promise<void> {
    await this.#rename(this.#begun, this.#ready)
  }

  async markBegun(): Promise<void> {
    await this.#rename(this.#ready, this.#begun)
  }

  /** Lasting: one that came back after a power loss would lead to an older version. */
  async end(): Promise<void> {
    await withFileErrors(this.#directory, 'written', async () => {
      for (const path of [this.#ready, this.#begun]) await this.#files.rm(path, { force: true })
      await syncDirectory(this.#files, this.#directory)
    })
  }

  async #rename(from: string, to: string): Promise<void> {
    await withFileErrors(to, 'written', async () => {
      await this.#files.rename(from, to)
      await syncDirectory(this.#files, this.#directory)
    })
  }
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
