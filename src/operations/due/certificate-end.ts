import { formatTime } from '../../core/time.ts'
import type { CertificateSet } from '../../files/certificate-set.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import { parseCertificate, parseCertificates } from '../../pki/certificate.ts'

type Ends = Pick<InventoryEntry, 'issuerEndsAt'>

/** From when on nobody trusts it: with its issuer, where that ends first. */
export function endOf(notAfter: Date, entry: Ends | undefined): Date {
  const issuerEnd = entry?.issuerEndsAt === undefined ? undefined : new Date(entry.issuerEndsAt)
  return issuerEnd !== undefined && issuerEnd < notAfter ? issuerEnd : notAfter
}

/**
 * What is kept of it for later runs, which look at the leaf alone: empty where the leaf ends before its issuers. Vault gives
 * others where the issuer's `leaf_not_after_behavior` is `permit`.
 */
export function endToKeep({ cert, chain, ca = '' }: Pick<CertificateSet, 'cert' | 'chain' | 'ca'>): Ends {
  const { notAfter } = parseCertificate(cert, 'the certificate')
  const ends = parseCertificates(chain + ca, 'the chain').map((issuer) => issuer.notAfter.getTime())
  const first = Math.min(...ends)
  return first < notAfter.getTime() ? { issuerEndsAt: formatTime(new Date(first)) } : {}
}
