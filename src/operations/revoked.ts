import type { InventoryEntry } from '../files/inventory-entry.ts'

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
