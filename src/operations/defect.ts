import { CertctlError } from '../core/errors.ts'
import { keepsKey } from '../files/certificate-record.ts'
import type { Glance } from '../files/glance.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { parseCertificate, type Certificate } from '../pki/certificate.ts'
import { isKeyOf } from '../pki/key-match.ts'
import { isRevoked } from './revoked.ts'

/** Why a certificate is of no use, however long it is valid: only a successor ends that. */
export interface Defect {
  readonly state: 'revoked' | 'missing' | 'mismatch' | 'unreadable'
  readonly reason: string
  /** Of a key that can't be read. */
  readonly error?: CertctlError
}

/**
 * Of what is published in a directory; its path is as the operator named it. `inPlace` is what another tool has put where
 * the certificate was taken over.
 */
export function defectOf(
  { record, cert, key }: Pick<Glance, 'record' | 'cert' | 'key'>,
  entry: InventoryEntry | undefined,
  directory: string,
  inPlace?: Certificate,
): Defect | undefined {
  const certificate = parseCertificate(cert, `the certificate in ${directory}`)
  if (isRevoked(entry, (inPlace ?? certificate).serial)) return { state: 'revoked', reason: 'it was revoked' }
  if (key === null) return undefined
  if (key === undefined) {
    return keepsKey(record) ? { state: 'missing', reason: 'its private key is gone' } : undefined
  }
  try {
    if (isKeyOf(key, certificate, `the key in ${directory}`)) return undefined
    return { state: 'mismatch', reason: 'key and certificate differ' }
  } catch (error) {
    if (!(error instanceof CertctlError)) throw error
    return { state: 'unreadable', reason: error.message, error }
  }
}
