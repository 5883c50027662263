import { readCredential } from '../../config/credential-file.ts'
import type { BatchWork } from '../renew-all.ts'
import { inParallel } from '../in-parallel.ts'
import { adoptCertificate, isTheirs } from './adopt-certificate.ts'
import type { Adoption, AdoptionOrder } from './adoption-order.ts'
import { findPairs, type Found } from './find-pairs.ts'

export type AdoptionOutcome =
  { readonly path: string; readonly adoption: Adoption } | { readonly path: string; readonly error: unknown }

/** What is in the named files and directories, to be taken over. The password is that of `--key-password-file`. */
export async function findAdoptable(
  paths: readonly string[],
  { outputs: { keyPasswordFile } }: AdoptionOrder,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const isTold = keyPasswordFile !== undefined && keyPasswordFile !== ''
  return findPairs(paths, isTold ? await readCredential(keyPasswordFile, 'key password') : undefined, signal)
}

/** Takes over each; one that can't be does not keep the others from their turn. */
export async function adoptAll(
  found: readonly Found[],
  order: AdoptionOrder,
  { host, ...work }: BatchWork,
  tell: (outcome: AdoptionOutcome) => void,
): Promise<readonly AdoptionOutcome[]> {
  return inParallel(found, work, async (one) => {
    const outcome = await adoptOne(one, order, { host, ...work })
    tell(outcome)
    return outcome
  })
}

async function adoptOne(found: Found, order: AdoptionOrder, { host, signal }: BatchWork): Promise<AdoptionOutcome> {
  const { path } = found
  if ('error' in found) return found
  try {
    const adoption = await adoptCertificate(path, found.pair, order, host, signal)
    const remarks = isTheirs(adoption) ? found.remarks : []
    return { path, adoption: { ...adoption, warnings: [...adoption.warnings, ...remarks] } }
  } catch (error) {
    return { path, error }
  }
}
