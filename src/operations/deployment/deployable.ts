import type { CertificateDirectory } from '../../files/certificate-directory.ts'
import { Inventory } from '../../files/inventory.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import type { Host } from '../host.ts'
import { lockedDirectory } from '../locked-directory.ts'
import type { Deployable } from './run-hooks.ts'

/** A certificate that is to be brought into use, as it is published now. */
export interface Undeployed extends Deployable {
  readonly place: CertificateDirectory
  readonly entry: InventoryEntry
}

/** FileError for what can't be read. Undefined for a directory that this host knows nothing of. */
export async function lookAtUndeployed(
  place: CertificateDirectory,
  { stateDirectory }: Host,
): Promise<Undeployed | undefined> {
  const entry = new Inventory(stateDirectory).read(await place.realPath())
  if (entry === undefined) return undefined
  const published = await place.read()
  const certificate = parseCertificate(published.cert, published.files.cert)
  const { deployment, outputs, adopted } = entry
  return { place, entry, directory: place.path, published, certificate, deployment, outputs, adopted }
}

/** Changes this host's entry of the certificate under its lock. */
export async function changeEntry(
  place: CertificateDirectory,
  host: Host,
  change: (entry: InventoryEntry) => InventoryEntry,
): Promise<void> {
  const realPath = await place.realPath()
  await lockedDirectory(place, host, undefined, () => new Inventory(host.stateDirectory).update(realPath, change))
}
