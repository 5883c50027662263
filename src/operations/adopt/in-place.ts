import { existsSync } from 'node:fs'
import { adoptedText } from '../../files/adopted-files.ts'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import { Certificate } from '../../pki/certificate.ts'
import type { Defect } from '../defect.ts'

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

/** Until the first renewal of what was taken over, its own files are what is served: without one of them it is of no use. */
export function adoptedDefect(record: CertificateRecord, entry: InventoryEntry | undefined): Defect | undefined {
  if (record.adopted !== true || entry?.adopted === undefined) return undefined
  const gone = entry.adopted.files.find((path) => !existsSync(path))
  if (gone !== undefined) return { state: 'missing', reason: `${gone} is gone` }
  if (adoptedInPlace(record, entry)) return undefined
  return { state: 'missing', reason: `its certificate can't be read any more in ${entry.adopted.path}` }
}
