import { join } from 'node:path'
import { Secret } from '../core/secret.ts'
import { parseCertificateRecord, type CertificateRecord } from './certificate-record.ts'
import { fits } from './atomic-write.ts'
import {
  fileNames,
  publishedFiles,
  type CertificateSet,
  type PublishedFiles,
  type VersionFile,
} from './certificate-set.ts'
import { lostFile } from './directory-errors.ts'
import { unlessMissing } from './file-error.ts'
import type { FileSystem } from './file-system.ts'
import { readTrustedFile } from './trusted-path.ts'

/** What one look at `.live` found: all from the same issuance. */
export interface PublishedSet {
  readonly record: CertificateRecord
  /** The leaf in PEM. */
  readonly cert: string
  /** Its issuers in PEM, root excluded; may be empty. */
  readonly chain: string
  readonly hasKey: boolean
  readonly files: PublishedFiles
}

/** Reads below the path of a version; errors and results name the stable names in the directory, as the operator does. */
export async function readPublishedSet(files: FileSystem, version: string, directory: string): Promise<PublishedSet> {
  const json = await readTrustedFile(files, join(version, fileNames.record))
  const record = parseCertificateRecord(json, join(directory, fileNames.record))
  const names = await files.readdir(version)
  const lost = [fileNames.cert, fileNames.chain].find((name) => !names.includes(name))
  if (lost !== undefined) throw lostFile(join(directory, lost), directory, record.name)
  const cert = await readTrustedFile(files, join(version, fileNames.cert))
  const chain = await readTrustedFile(files, join(version, fileNames.chain))
  const has = { key: names.includes(fileNames.key), ca: names.includes(fileNames.ca) }
  return { record, cert, chain, hasKey: has.key, files: publishedFiles(directory, has) }
}

/** Undefined where there is none. */
export async function readPublishedKey(files: FileSystem, version: string): Promise<Secret | undefined> {
  const key = await unlessMissing(readTrustedFile(files, join(version, fileNames.key)))
  return key === undefined ? undefined : new Secret(key)
}

/** All of a version, to be published again; a bundle that is gone is put together anew. */
export async function readWholeSet(files: FileSystem, version: string, directory: string): Promise<CertificateSet> {
  const { record, cert, chain, files: paths } = await readPublishedSet(files, version, directory)
  const ca = paths.ca === null ? undefined : await readTrustedFile(files, join(version, fileNames.ca))
  const fullchain = await unlessMissing(readTrustedFile(files, join(version, fileNames.fullchain)))
  const key = await readPublishedKey(files, version)
  return { record, cert, chain, fullchain: fullchain ?? cert + chain, key, ca }
}

/** Whether the version has these files, no other, byte for byte, for the same readers. */
export async function holdsSet(files: FileSystem, version: string, contents: readonly VersionFile[]): Promise<boolean> {
  if ((await files.readdir(version)).length !== contents.length) return false
  for (const { name, content, ...creation } of contents) {
    const path = join(version, name)
    const stats = await unlessMissing(files.lstat(path))
    if (stats === undefined || !fits(stats, creation)) return false
    if ((await readTrustedFile(files, path)) !== content) return false
  }
  return true
}
