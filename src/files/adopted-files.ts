import type { InventoryEntry } from './inventory-entry.ts'
import { contentAt } from './plain/content-at.ts'

/** The files of a certificate in which it comes first. */
const holding = ['fullchainFile', 'certFile', 'combinedFile'] as const

/**
 * What another tool has put where this host's entry says that its files were taken over; undefined where that can't be
 * read. Synchronously, as the states of all certificates are looked at.
 */
export function adoptedText({ outputs, adopted }: InventoryEntry): string | undefined {
  const path = holding.map((key) => outputs?.[key]).find((one) => one !== undefined && adopted?.files.includes(one))
  const content = path === undefined ? undefined : contentAt(path, { followsLinks: true })
  return content instanceof Buffer ? content.toString() : undefined
}
