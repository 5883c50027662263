import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { Host } from './host.ts'
import type { Renewal, RenewalOrder } from './renewal.ts'
import { renewCertificate } from './renew-certificate.ts'
import { undoRenewal } from './undo-renewal.ts'

export type RenewalOutcome =
  { readonly directory: string; readonly renewal: Renewal } | { readonly directory: string; readonly error: unknown }

export interface BatchWork {
  readonly host: Host
  /** How many at a time. */
  readonly parallel: number
  readonly signal: AbortSignal
}

/** Renews each that is due, at most `parallel` at a time; one that fails does not keep the others from their turn. */
export async function renewAll(
  directories: readonly CertificateDirectory[],
  order: Omit<RenewalOrder, 'directory'>,
  { host, parallel, signal }: BatchWork,
  tell: (outcome: RenewalOutcome) => void,
): Promise<readonly RenewalOutcome[]> {
  const outcomes: RenewalOutcome[] = []
  let next = 0
  const isOver = (): boolean => signal.aborted || next >= directories.length
  const work = async (): Promise<void> => {
    while (!isOver()) {
      const index = next++
      const outcome = await renewOne({ ...order, directory: directories[index]! }, host, signal)
      outcomes[index] = outcome
      tell(outcome)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, directories.length) }, work))
  return Object.values(outcomes)
}

async function renewOne(order: RenewalOrder, host: Host, signal: AbortSignal): Promise<RenewalOutcome> {
  const directory = order.directory.path
  try {
    const act = order.undo ? undoRenewal : renewCertificate
    return { directory, renewal: await act(order, host, signal) }
  } catch (error) {
    return { directory, error }
  }
}
