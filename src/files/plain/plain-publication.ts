import { dirname } from 'node:path'
import { syncDirectory } from '../create-file.ts'
import { withFileErrors } from '../file-error.ts'
import type { FileSystem } from '../file-system.ts'
import type { Rollback } from '../rollback.ts'
import { clearExchange, exchange, exchangeBack, prepareExchange } from './exchange.ts'
import type { PlainFile } from './plain-file.ts'
import type { PublishJournal } from './publish-journal.ts'

/**
 * Plain files that are published together with a version of the certificate directory: `begin`, `prepare`, `exchange`,
 * then the directory's own rename, then `finish`. Killed before all is prepared, the next run clears it; killed later, the
 * next run brings it to its end.
 */
export class PlainPublication {
  readonly #files: FileSystem
  readonly #journal: PublishJournal
  readonly #changed: readonly PlainFile[]
  #isExchanging = false

  /** Only what changes is given: with nothing to change there is no publication. */
  constructor(files: FileSystem, journal: PublishJournal, changed: readonly PlainFile[]) {
    this.#files = files
    this.#journal = journal
    this.#changed = changed
  }

  async begin(version: number, rollback: Rollback): Promise<void> {
    rollback.add(() => this.#goBack())
    await this.#journal.begin({ version, paths: this.paths })
  }

  async prepare(): Promise<void> {
    for (const file of this.#changed) await prepareExchange(this.#files, file)
    await syncDirectories(this.#files, this.paths)
    await this.#journal.markReady()
  }

  async exchange(): Promise<void> {
    this.#isExchanging = true
    await exchange(this.#files, this.paths)
  }

  /** The files are published: what can't be cleared now is cleared by the next run. */
  async finish(): Promise<void> {
    await finishExchange(this.#files, this.#journal, this.paths).catch(() => undefined)
  }

  get paths(): readonly string[] {
    return this.#changed.map(({ path }) => path)
  }

  async #goBack(): Promise<void> {
    if (this.#isExchanging) await backFromExchange(this.#files, this.#journal, this.paths)
    await abandonExchange(this.#files, this.#journal, this.paths)
  }
}

/** All that may have been exchanged is as it was before. */
export async function backFromExchange(
  files: FileSystem,
  journal: PublishJournal,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) await exchangeBack(files, path)
  await journal.markBegun()
}

/** Nothing was exchanged yet, or is any more. */
export async function abandonExchange(
  files: FileSystem,
  journal: PublishJournal,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) await clearExchange(files, path)
  await journal.end()
}

/** Lasting first: only then may what would lead there be removed. */
export async function finishExchange(
  files: FileSystem,
  journal: PublishJournal,
  paths: readonly string[],
): Promise<void> {
  await syncDirectories(files, paths)
  for (const path of paths) await clearExchange(files, path)
  await journal.end()
}

async function syncDirectories(files: FileSystem, paths: readonly string[]): Promise<void> {
  for (const directory of new Set(paths.map((path) => dirname(path)))) {
    await withFileErrors(directory, 'written', () => syncDirectory(files, directory))
  }
}
