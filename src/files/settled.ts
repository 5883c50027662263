import { lstatSync, readdirSync, type Dirent, type Stats } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Secret } from '../core/secret.ts'
import { keepsKey, parseCertificateRecord, type CertificateRecord } from './certificate-record.ts'
import { fileNames, stableNames } from './certificate-set.ts'
import { constantNames, directoryDamage } from './damage.ts'
import { liveVersion, readKey, readTrusted } from './glance.ts'
import { inside } from './inside.ts'
import { temporaryNames } from './published-links.ts'
import { assertTrusted } from './trusted-path.ts'
import { keptVersions } from './version-store.ts'

/** Milliseconds; what takes longer is looked at more closely each time. */
const longestPublication = 2000

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
    const json = readTrusted(inside(version, fileNames.record))
    const cert = readTrusted(inside(version, fileNames.cert))
    const key = readKey(inside(version, fileNames.key))
    const ca = lstatSync(inside(version, fileNames.ca), { throwIfNoEntry: false })
    if (json === undefined || cert === undefined || !isOfOnePiece(version, cert.length, ca)) return undefined
    const record = parseCertificateRecord(json, directory)
    if (key === undefined && keepsKey(record)) return undefined
    const has = { key: key !== undefined, ca: ca !== undefined }
    const names = [...constantNames, ...(has.key ? [fileNames.key] : []), ...(has.ca ? [fileNames.ca] : [])]
    const entries = readdirSync(directory, { withFileTypes: true })
    if (hasStrayLinks(entries, names) || directoryDamage(directory, entries, names).length > 0) return undefined
    return { record, cert, key, has }
  } catch {
    return undefined
  }
}

/**
 * Whether the files that are not read here look as one publication leaves them: of sizes that add up, and none written long
 * after the others. To read them, too, would take a quarter of the time of all else.
 */
function isOfOnePiece(version: string, certBytes: number, ca: Stats | undefined): boolean {
  const chain = lstatSync(inside(version, fileNames.chain))
  const fullchain = lstatSync(inside(version, fileNames.fullchain))
  const isNear = (other: Stats): boolean => Math.abs(other.mtimeMs - chain.mtimeMs) < longestPublication
  return fullchain.size === certBytes + chain.size && isNear(fullchain) && (ca === undefined || isNear(ca))
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
