import type { InventoryEntry } from '../files/inventory-entry.ts'

type Optional = Exclude<keyof InventoryEntry, 'schema' | 'directory'>

export function without(entry: InventoryEntry, ...keys: readonly Optional[]): InventoryEntry {
  const ended = new Set<string | number>(keys)
  const kept = Object.entries(entry).filter(([name]) => !ended.has(name))
  return { ...Object.fromEntries(kept), schema: entry.schema, directory: entry.directory }
}
