import { join } from 'node:path'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { withLock } from '../files/lock.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
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
  return withLock(join(stateDirectory, 'locks'), realPath, options, async () => {
    await directory.recover(new PublishJournal(stateDirectory, realPath))
    return action()
  })
}
