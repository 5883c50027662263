import { lstatSync, readdirSync, type Dirent } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Secret } from '../core/secret.ts'
import { keepsKey, parseCertificateRecord, type CertificateRecord } from './certificate-record.ts'
import { fileNames, stableNames } from './certificate-set.ts'
import { directoryDamage } from './damage.ts'
import { liveVersion, readKey, readTrusted } from './glance.ts'
import { inside } from './inside.ts'
import { temporaryNames } from './published-links.ts'
import { assertTrusted } from './trusted-path.ts'
import { keptVersions } from './version-store.ts'

/** What is published where no run has left anything to clear. */
export interface Settled {
  readonly record: CertificateRecord
  /** The leaf in PEM. */
  readonly cert: string
  /** Undefined where there is to be none; null when this user may not read it. */
  readonly key: Secret | undefined | null
  readonly has: { readonly key: boolean; readonly ca: boolean }
}

/**
 * What is published in a directory, given by its real path, while all in it is as a run leaves it that came to its end.
 * Undefined for anything else, errors included: then `CertificateDirectory` says what it is. Synchronous, with as few calls
 * as that takes: it is asked of ten thousand directories in a run that has nothing to do.
 */
export function settledAt(directory: string): Settled | undefined {
  try {
    const stats = lstatSync(directory)
    if (!stats.isDirectory()) return undefined
    assertTrusted(stats, directory)
    const version = liveVersion(directory)
    if (version === undefined || hasSurplus(version)) return undefined
    const names = readdirSync(version)
    const entries = readdirSync(directory, { withFileTypes: true })
    if (hasStrayLinks(entries, names) || directoryDamage(directory, entries, names).length > 0) return undefined
    const json = readTrusted(inside(version, fileNames.record))
    const cert = readTrusted(inside(version, fileNames.cert))
    if (json === undefined || cert === undefined) return undefined
    const record = parseCertificateRecord(json, directory)
    const key = readKey(inside(version, fileNames.key))
    if (key === undefined && keepsKey(record)) return undefined
    return { record, cert, key, has: { key: key !== undefined, ca: names.includes(fileNames.ca) } }
  } catch {
    return undefined
  }
}

function hasSurplus(version: string): boolean {
  const live = Number(basename(version))
  const versions = readdirSync(dirname(version))
  return versions.length > keptVersions || versions.some((name) => Number(name) > live)
}

function hasStrayLinks(entries: readonly Dirent[], published: readonly string[]): boolean {
  return entries.some(
    ({ name }) => temporaryNames.includes(name) || (stableNames.includes(name) && !published.includes(name)),
  )
}
