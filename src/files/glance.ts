import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { FileError, systemErrorCode } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { parseCertificateRecord, type CertificateRecord } from './certificate-record.ts'
import { fileNames, type CertificateSet } from './certificate-set.ts'
import { directoryDamage, type Damage } from './damage.ts'
import { lostFile } from './directory-errors.ts'
import { linkToNothing, notDirectory } from './directory-state.ts'
import { fileError } from './file-error.ts'
import { inside } from './inside.ts'
import { readAtOnce } from './read-at-once.ts'
import { assertTrusted } from './trusted-path.ts'
import { liveName, liveNumber, storeName } from './version-store.ts'

export interface Glance {
  /** The real path of the directory, and of the version that is live in it. */
  readonly directory: string
  readonly version: string
  readonly record: CertificateRecord
  /** The leaf in PEM. */
  readonly cert: string
  /** Its issuers in PEM, root excluded, and after the leaf once more; that file may be gone. */
  readonly chain: string
  readonly fullchain: string | undefined
  /** The root, where there is one. */
  readonly ca: string | undefined
  /** Undefined where there is none; null when this user may not read it. */
  readonly key: Secret | undefined | null
  readonly damage: readonly Damage[]
}

/**
 * What is published in a certificate directory, by the rules of `CertificateDirectory.read`; undefined where there is no
 * directory or no certificate of certctl in it. FileError. Read synchronously: among ten thousand directories the turns of
 * the thread pool would take longer than all else.
 */
export function glanceAt(path: string): Glance | undefined {
  try {
    const directory = realDirectory(path)
    const version = directory === undefined ? undefined : liveVersion(directory)
    return directory === undefined || version === undefined ? undefined : readVersion(directory, version, path)
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

function realDirectory(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) {
    if (lstatSync(path, { throwIfNoEntry: false })) throw linkToNothing(path)
    return undefined
  }
  if (!stats.isDirectory()) throw notDirectory(path)
  assertTrusted(stats, path)
  return realpathSync.native(path)
}

/** The path of the live version in a directory (its real path), when all on the way to it is trusted. */
export function liveVersion(directory: string): string | undefined {
  const link = inside(directory, liveName)
  const target = linkTarget(link)
  if (target === undefined) return undefined
  const store = inside(directory, storeName)
  const versions = inside(store, 'versions')
  const version = inside(versions, String(liveNumber(target, link)))
  for (const place of [store, versions, version]) {
    const stats = lstatSync(place, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (!stats.isDirectory()) throw notDirectory(place)
    assertTrusted(stats, place)
  }
  return version
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT') return undefined
    // Some other thing of that name; liveNumber words the refusal.
    if (code === 'EINVAL') return ''
    throw error
  }
}

function readVersion(directory: string, version: string, path: string): Glance | undefined {
  const json = readTrusted(join(version, fileNames.record))
  if (json === undefined) return undefined
  const record = parseCertificateRecord(json, join(path, fileNames.record))
  const [cert, chain, fullchain, ca] = [fileNames.cert, fileNames.chain, fileNames.fullchain, fileNames.ca].map(
    (name) => readTrusted(join(version, name)),
  )
  if (cert === undefined || chain === undefined) {
    throw lostFile(join(path, cert === undefined ? fileNames.cert : fileNames.chain), path, record.name)
  }
  const key = readKey(join(version, fileNames.key))
  const entries = readdirSync(directory, { withFileTypes: true })
  const damage = directoryDamage(path, entries, readdirSync(version))
  return { directory, version, record, cert, chain, fullchain, ca, key, damage }
}

/** All that is published, but for a key that this user may not read. */
export function wholeSetOf({ record, cert, chain, ca, key }: Omit<Glance, 'fullchain'>): CertificateSet {
  return { cert, chain, fullchain: cert + chain, key: key ?? undefined, ca, record }
}

export function readKey(path: string): Glance['key'] {
  try {
    const key = readTrusted(path)
    return key === undefined ? undefined : new Secret(key)
  } catch (error) {
    if (systemErrorCode(error) === 'EACCES') return null
    throw error
  }
}

/** Undefined where there is no such file. */
export function readTrusted(path: string): string | undefined {
  const file = open(path)
  if (file === undefined) return undefined
  try {
    const stats = fstatSync(file)
    if (!stats.isFile())
      throw new FileError(`${path} is not a regular file`, {
        code: 'not-regular',
        hint: 'see what it is: ls -ld',
        facts: { path },
      })
    assertTrusted(stats, path)
    return readAtOnce(file)
  } finally {
    closeSync(file)
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
