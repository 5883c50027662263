import { readFileSync } from 'node:fs'
import type { InventoryEntry } from './inventory-entry.ts'

/** The files of a certificate in which it comes first. */
const holding = ['fullchainFile', 'certFile', 'combinedFile'] as const

/**
 * What another tool has put where this host's entry says that its files were taken over; undefined where that can't be
 * read. Synchronously, as the states of all certificates are looked at.
 */
export function adoptedText({ outputs, adopted }: InventoryEntry): string | undefined {
  const path = holding.map((key) => outputs?.[key]).find((one) => one !== undefined && adopted?.files.includes(one))
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
