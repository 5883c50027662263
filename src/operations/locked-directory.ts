import { join } from 'node:path'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { withLock } from '../files/lock.ts'
import type { Host } from './host.ts'

/** Runs with the certificate directory's lock held: of two runs at once the second finds what the first has done. */
export async function lockedDirectory<T>(
  directory: CertificateDirectory,
  { stateDirectory, clock }: Host,
  signal: AbortSignal | undefined,
  action: () => Promise<T>,
): Promise<T> {
  const options = { clock, ...(signal ? { signal } : {}) }
  return withLock(join(stateDirectory, 'locks'), await directory.realPath(), options, action)
}
