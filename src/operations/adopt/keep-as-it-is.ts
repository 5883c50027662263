import { readCredential } from '../../config/credential-file.ts'
import { Duration } from '../../core/duration.ts'
import { CertctlError } from '../../core/errors.ts'
import type { CertificateDirectory } from '../../files/certificate-directory.ts'
import { Inventory } from '../../files/inventory.ts'
import type { Adopted, Outputs } from '../../files/inventory-entry.ts'
import type { Host } from '../host.ts'
import { Publishing } from '../publishing.ts'
import { adoptedSet } from './adopted-set.ts'
import { readMaterial } from './material.ts'
import { pairUp, type Pair } from './pair-up.ts'

/**
 * Where another tool has renewed what was taken over, keeps that in the place of what was there before: it is what the first
 * renewal replaces, and what `--undo` goes back to. What makes no sense there is left aside. Under the certificate's lock.
 */
export async function keepAsItIs(directory: CertificateDirectory, host: Host): Promise<void> {
  const { record, cert } = await directory.read()
  const entry = new Inventory(host.stateDirectory).read(await directory.realPath())
  if (entry?.adopted === undefined) return
  const pair = await pairIn(entry.adopted, entry.outputs)
  if (pair === undefined || pair.leaf.pem === cert) return
  const now = adoptedSet(pair, {
    issuer: record.issuer,
    ttl: record.ttlSeconds === null ? undefined : Duration.ofSeconds(record.ttlSeconds),
    keyType: record.keyType ?? undefined,
    reuseKey: record.keyOrigin === 'file',
  })
  const publishing = await Publishing.open(
    { directory, outputs: {}, keepOutputs: true, replace: false, hasKey: true },
    host,
  )
  await publishing.adopt(now)
}

async function pairIn({ files }: Adopted, outputs: Outputs | undefined): Promise<Pair | undefined> {
  try {
    const { keyPasswordFile } = outputs ?? {}
    const password = keyPasswordFile === undefined ? undefined : await readCredential(keyPasswordFile, 'key password')
    const materials = await Promise.all(files.map((path) => readMaterial(path, password)))
    return pairUp({ materials, faults: [], isNamed: true }).find((one) => 'leaf' in one)
  } catch (error) {
    if (error instanceof CertctlError) return undefined
    throw error
  }
}
