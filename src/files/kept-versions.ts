import { readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseCertificateRecord, type CertificateRecord } from './certificate-record.ts'
import { fileNames } from './certificate-set.ts'
import { fileError } from './file-error.ts'
import { liveVersion, readTrusted } from './glance.ts'

export interface KeptVersion {
  /** The leaf in PEM. */
  readonly cert: string
  readonly record: CertificateRecord
  readonly isLive: boolean
}

/** What is published in a directory, and what it could go back to; nothing where there is no such directory. FileError. */
export function keptVersionsIn(path: string): readonly KeptVersion[] {
  try {
    const live = liveVersion(realpathSync.native(path))
    if (live === undefined) return []
    const versions = readdirSync(dirname(live)).map((name) => join(dirname(live), name))
    return versions.flatMap((version) => {
      const cert = readTrusted(join(version, fileNames.cert))
      const json = readTrusted(join(version, fileNames.record))
      if (cert === undefined || json === undefined) return []
      return [{ cert, record: parseCertificateRecord(json, version), isLive: version === live }]
    })
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}
