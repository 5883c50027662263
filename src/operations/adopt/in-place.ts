import { adoptedText } from '../../files/adopted-files.ts'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import { Certificate } from '../../pki/certificate.ts'

/**
 * What is published in the place of a certificate that was taken over and not renewed yet: until then another tool may
 * renew it as well, and that is the one that is served. Undefined for all others, and where it can't be read.
 */
export function adoptedInPlace(
  { adopted }: CertificateRecord,
  entry: InventoryEntry | undefined,
): Certificate | undefined {
  const text = adopted === true && entry ? adoptedText(entry) : undefined
  return text === undefined ? undefined : Certificate.parse(text)
}
