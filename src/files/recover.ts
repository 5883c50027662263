import { exchange } from './plain/exchange.ts'
import type { FileSystem } from './file-system.ts'
import { abandonExchange, backFromExchange, finishExchange } from './plain/plain-publication.ts'
import type { PublishJournal } from './plain/publish-journal.ts'
import { removeTemporaryLinks } from './published-links.ts'
import { Rollback } from './rollback.ts'
import { VersionStore } from './version-store.ts'

/**
 * Brings to its end what a killed run was publishing in a directory (its real path) and elsewhere: forward where all of it
 * was prepared, else back. When that fails, as a file that can't be replaced makes it, all is as before the killed run.
 */
export async function recover(files: FileSystem, directory: string, journal: PublishJournal): Promise<void> {
  const entry = journal.read()
  if (entry === undefined) return
  const { paths, version, isReady } = entry
  if (!isReady) return abandonExchange(files, journal, paths)
  const store = new VersionStore(files, directory)
  const goBack = async (): Promise<void> => {
    await backFromExchange(files, journal, paths)
    await abandonExchange(files, journal, paths)
  }
  if (!(await store.has(version))) return goBack()
  const rollback = new Rollback()
  rollback.add(goBack)
  try {
    await removeTemporaryLinks(files, directory)
    await exchange(files, paths)
    if ((await store.live()) !== version) await store.switchTo(version, rollback)
  } catch (error) {
    await rollback.run()
    throw error
  }
  await finishExchange(files, journal, paths)
}
