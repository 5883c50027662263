import { FileError } from '../core/errors.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { shellWord } from '../files/shell-word.ts'

/** How many serials are remembered: as many versions as can be gone back to. */
const remembered = 3

export function isRevoked(entry: InventoryEntry | undefined, serial: string): boolean {
  return (entry?.revoked ?? []).includes(serial)
}

export function withRevoked(entry: InventoryEntry, serials: readonly string[]): InventoryEntry {
  if (serials.length === 0) return entry
  const others = (entry.revoked ?? []).filter((serial) => !serials.includes(serial))
  return { ...entry, revoked: [...others, ...serials].slice(-remembered) }
}

/** FileError for a version that nobody would trust any more. */
export function assertNotRevoked(serial: string, entry: InventoryEntry | undefined, directory: string): void {
  if (!isRevoked(entry, serial)) return
  throw new FileError(`the version before, ${serial}, was revoked`, {
    code: 'revoked',
    hint: `make a new one: certctl renew ${shellWord(directory)} --force`,
    facts: { path: directory },
  })
}
