import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { Host } from './host.ts'
import { inParallel, type ParallelWork } from './in-parallel.ts'
import type { Renewal, RenewalOrder } from './renewal.ts'
import { renewCertificate } from './renew-certificate.ts'
import { undoRenewal } from './undo-renewal.ts'

export type RenewalOutcome =
  { readonly directory: string; readonly renewal: Renewal } | { readonly directory: string; readonly error: unknown }

export interface BatchWork extends ParallelWork {
  readonly host: Host
}

/** Renews each that is due, at most `parallel` at a time; one that fails does not keep the others from their turn. */
export async function renewAll(
  directories: readonly CertificateDirectory[],
  order: Omit<RenewalOrder, 'directory'>,
  work: BatchWork,
  tell: (outcome: RenewalOutcome) => void,
): Promise<readonly RenewalOutcome[]> {
  return inParallel(directories, work, async (directory) => {
    const outcome = await renewOne({ ...order, directory }, work)
    tell(outcome)
    return outcome
  })
}

async function renewOne(order: RenewalOrder, { host, signal }: BatchWork): Promise<RenewalOutcome> {
  const directory = order.directory.path
  try {
    const act = order.undo ? undoRenewal : renewCertificate
    return { directory, renewal: await act(order, host, signal) }
  } catch (error) {
    return { directory, error }
  }
}
