import { createHash } from 'node:crypto'
import type { CertificateSet } from '../../files/certificate-set.ts'
import type { Damage } from '../../files/damage.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import { contentAt } from '../../files/plain/content-at.ts'
import { fixedContent, isSalted } from './plain-contents.ts'
import { fileKeys, pathsOf, withKey, type FileKey } from './told-outputs.ts'

/**
 * Of the files beside a certificate directory those that do not hold what the directory's live version gives. One that comes
 * out differently each time it is made is held against the digest of what was written. What this user may not read is not
 * judged. Synchronous, like the glance at the directory.
 */
export function damagedOutputs(wholeSet: () => CertificateSet, entry: InventoryEntry | undefined): readonly Damage[] {
  const { outputs = {}, digests = {} } = entry ?? {}
  if (pathsOf(outputs).length === 0) return []
  const set = wholeSet()
  // Until its first renewal, what was taken over is for another tool to change.
  const isSpared = (path: string): boolean =>
    set.record.adopted === true && entry?.adopted?.files.includes(path) === true
  const isAsWritten = (key: FileKey, path: string, found: Buffer): boolean => {
    if (isSalted(key, outputs)) return digests[path] === undefined || digests[path] === digestOf(found)
    return (withKey.includes(key) && !set.key) || fixedContent(key, set, outputs)?.equals(found) !== false
  }
  return fileKeys.flatMap((key): readonly Damage[] => {
    const path = outputs[key]
    if (path === undefined || isSpared(path) || (key === 'caFile' && set.ca === undefined)) return []
    const found = contentAt(path)
    if (found === 'unknown') return []
    if (found === undefined) return [{ path, harm: 'missing' }]
    return found !== 'foreign' && isAsWritten(key, path, found) ? [] : [{ path, harm: 'changed' }]
  })
}

export function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
