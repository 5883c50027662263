import type { InventoryEntry } from '../../files/inventory-entry.ts'
import type { PublishedSet } from '../../files/published-set.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { without } from '../entry-keys.ts'
import { isRevoked } from '../revoked.ts'

/** What is live now is to be revoked when its successor is deployed, unless it is already. */
export function superseding(entry: InventoryEntry, live: PublishedSet | undefined): InventoryEntry {
  if (live === undefined) return entry
  const { serial } = parseCertificate(live.cert, live.files.cert)
  if (isRevoked(entry, serial)) return entry
  const others = (entry.superseded ?? []).filter((one) => one.serial !== serial)
  const { issuer } = live.record
  return { ...entry, superseded: [...others, { serial, certificate: live.cert, issuer }] }
}

/** What is gone back to stays valid. */
export function unsuperseding(entry: InventoryEntry, serial: string): InventoryEntry {
  const others = (entry.superseded ?? []).filter((one) => one.serial !== serial)
  return others.length === 0 ? without(entry, 'superseded') : { ...entry, superseded: others }
}
