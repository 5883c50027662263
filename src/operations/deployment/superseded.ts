import type { InventoryEntry } from '../../files/inventory-entry.ts'
import type { CertificateSet } from '../../files/certificate-set.ts'
import type { PublishedSet } from '../../files/published-set.ts'
import { parseCertificate, parseCertificates } from '../../pki/certificate.ts'
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

/** Of what was taken over nobody knows who gave it, but for the signature: another issuer would refuse to revoke it. */
export function isFromAnotherIssuer(
  { record, cert, files }: PublishedSet,
  { chain, ca = '' }: CertificateSet,
): boolean {
  if (record.adopted !== true) return false
  const leaf = parseCertificate(cert, files.cert)
  return !parseCertificates(chain + ca, 'the chain').some((issuer) => leaf.isIssuedBy(issuer))
}

export function foreignWarning({ cert, files }: PublishedSet): string {
  const { serial, issuer } = parseCertificate(cert, files.cert)
  return `${serial}, which was taken over, is not revoked: it is of another issuer, ${issuer}`
}
