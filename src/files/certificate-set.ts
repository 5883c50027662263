import { join } from 'node:path'
import type { Secret } from '../core/secret.ts'
import type { FileCreation } from './create-file.ts'
import type { FileAccess } from './file-access.ts'
import { formatCertificateRecord, type CertificateRecord } from './certificate-record.ts'

/** What one issuance gives, in PEM. */
export interface CertificateSet {
  readonly cert: string
  /** Issuers in order without the root; empty when the root itself signed. */
  readonly chain: string
  /** Leaf and chain. */
  readonly fullchain: string
  /** Undefined where there is none: it never was on this host, or was lost. */
  readonly key: Secret | undefined
  /** The root, where the issuer gives it. */
  readonly ca: string | undefined
  readonly record: CertificateRecord
}

/** Absolute paths of the stable names. */
export interface PublishedFiles {
  readonly cert: string
  readonly chain: string
  readonly fullchain: string
  readonly key: string | null
  readonly ca: string | null
}

export const fileNames = {
  cert: 'cert.pem',
  chain: 'chain.pem',
  fullchain: 'fullchain.pem',
  key: 'privkey.pem',
  ca: 'ca.pem',
  record: 'certctl.json',
} as const

/** The names that a certificate directory shows; no other name in it is certctl's, but for those that begin with a dot. */
export const stableNames: readonly string[] = Object.values(fileNames)

export interface VersionFile extends FileCreation {
  readonly name: string
  readonly content: string
  /** At most this, less what the umask takes, unless it is exact. */
  readonly mode: number
}

/** The files that a set is published as. Their owner is who publishes: only he and root may change what is believed. */
export function filesOf(set: CertificateSet, { keyMode, certMode, owner }: FileAccess = {}): readonly VersionFile[] {
  const forGroup = owner && { uid: -1, gid: owner.gid }
  const open = { mode: certMode ?? 0o644, hasExactMode: certMode !== undefined, owner: forGroup }
  const secret = { mode: keyMode ?? 0o600, hasExactMode: keyMode !== undefined, owner: forGroup }
  const all = [
    { name: fileNames.cert, content: set.cert, ...open },
    { name: fileNames.chain, content: set.chain, ...open },
    { name: fileNames.fullchain, content: set.fullchain, ...open },
    { name: fileNames.key, content: set.key?.reveal(), ...secret },
    { name: fileNames.ca, content: set.ca, ...open },
    { name: fileNames.record, content: formatCertificateRecord(set.record), ...open },
  ]
  return all.flatMap(({ content, ...file }) =>
    content === undefined ? [] : [{ ...file, content: withFinalNewline(content) }],
  )
}

export function publishedFiles(directory: string, has: { key: boolean; ca: boolean }): PublishedFiles {
  return {
    cert: join(directory, fileNames.cert),
    chain: join(directory, fileNames.chain),
    fullchain: join(directory, fileNames.fullchain),
    key: has.key ? join(directory, fileNames.key) : null,
    ca: has.ca ? join(directory, fileNames.ca) : null,
  }
}

function withFinalNewline(pem: string): string {
  return pem === '' || pem.endsWith('\n') ? pem : `${pem}\n`
}
