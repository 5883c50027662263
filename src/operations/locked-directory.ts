import { join } from 'node:path'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { withLock, withLocks } from '../files/lock.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import { realTargets } from '../files/real-target.ts'
import type { Host } from './host.ts'

/**
 * Runs with the certificate directory's lock held: of two runs at once the second finds what the first has done, and what
 * a killed one has begun is at its end.
 */
export async function lockedDirectory<T>(
  directory: CertificateDirectory,
  { stateDirectory, clock, warn }: Host,
  signal: AbortSignal | undefined,
  action: () => Promise<T>,
): Promise<T> {
  const options = { clock, warn, ...(signal ? { signal } : {}) }
  const realPath = await directory.realPath()
  const locks = join(stateDirectory, 'locks')
  return withLock(locks, realPath, options, async () => {
    const journal = new PublishJournal(stateDirectory, realPath)
    const begun = await realTargets(journal.read()?.paths ?? [])
    await withLocks(locks, begun, options, () => directory.recover(journal))
    return action()
  })
}
