import { join } from 'node:path'
import type { Secret } from '../core/secret.ts'
import { formatCertificateRecord, type CertificateRecord } from './certificate-record.ts'

/** What one issuance gives, in PEM. */
export interface CertificateSet {
  readonly cert: string
  /** Issuers in order without the root; empty when the root itself signed. */
  readonly chain: string
  /** Leaf and chain. */
  readonly fullchain: string
  /** Undefined when the key never was on this host. */
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

export interface VersionFile {
  readonly name: string
  readonly content: string
  /** At most this, less what the umask takes. */
  readonly mode: number
}

/** The files that a set is published as. */
export function filesOf(set: CertificateSet): readonly VersionFile[] {
  const all = [
    { name: fileNames.cert, content: set.cert, mode: 0o644 },
    { name: fileNames.chain, content: set.chain, mode: 0o644 },
    { name: fileNames.fullchain, content: set.fullchain, mode: 0o644 },
    { name: fileNames.key, content: set.key?.reveal(), mode: 0o600 },
    { name: fileNames.ca, content: set.ca, mode: 0o644 },
    { name: fileNames.record, content: formatCertificateRecord(set.record), mode: 0o644 },
  ]
  return all.flatMap(({ name, content, mode }) =>
    content === undefined ? [] : [{ name, content: withFinalNewline(content), mode }],
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
