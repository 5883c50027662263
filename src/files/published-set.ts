import { join } from 'node:path'
import { Secret } from '../core/secret.ts'
import { parseCertificateRecord, type CertificateRecord } from './certificate-record.ts'
import { fileNames, filesOf, publishedFiles, type CertificateSet, type PublishedFiles } from './certificate-set.ts'
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
  const cert = await readTrustedFile(files, join(version, fileNames.cert))
  const chain = await readTrustedFile(files, join(version, fileNames.chain))
  const names = await files.readdir(version)
  const has = { key: names.includes(fileNames.key), ca: names.includes(fileNames.ca) }
  return { record, cert, chain, hasKey: has.key, files: publishedFiles(directory, has) }
}

/** Undefined when the key never was on this host. */
export async function readPublishedKey(files: FileSystem, version: string): Promise<Secret | undefined> {
  const key = await unlessMissing(readTrustedFile(files, join(version, fileNames.key)))
  return key === undefined ? undefined : new Secret(key)
}

/** Whether the version has these files, no other, byte for byte. */
export async function holdsSet(files: FileSystem, version: string, set: CertificateSet): Promise<boolean> {
  const contents = filesOf(set)
  if ((await files.readdir(version)).length !== contents.length) return false
  for (const { name, content } of contents) {
    if ((await unlessMissing(readTrustedFile(files, join(version, name)))) !== content) return false
  }
  return true
}
