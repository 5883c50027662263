import { Duration } from '../core/duration.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { KeyType } from '../pki/key-type.ts'
import type { KeySource, WantedCertificate } from './obtain-certificate.ts'
import { commonNameFor } from './plan-issue.ts'

/** In the place of what the record says. */
export interface ToldAgain {
  readonly ttl?: Duration | undefined
  readonly keyType?: KeyType | undefined
}

/**
 * What a successor would be asked for by, to see whether the issuer would give it. A key that would be used again is stood
 * for by one of its kind.
 */
export async function wantedAgain(record: CertificateRecord, told: ToldAgain = {}): Promise<WantedCertificate> {
  const { name, sans, ttlSeconds } = record
  const ttl = told.ttl ?? (ttlSeconds === null ? undefined : Duration.ofSeconds(ttlSeconds))
  const key = await keyOf({ ...record, keyType: told.keyType ?? record.keyType })
  return { commonName: key.origin === 'csr' ? key.csr.commonName : commonNameFor(name), sans, ttl, key }
}

async function keyOf({ keyOrigin, keyType, csr }: CertificateRecord): Promise<KeySource> {
  if (keyOrigin === 'csr' && csr !== null) {
    const { parseCsr } = await import('../pki/csr.ts')
    return { origin: 'csr', csr: await parseCsr(csr, 'the recorded CSR') }
  }
  return { origin: keyOrigin === 'issuer' ? 'issuer' : 'generated', keyType: keyType ?? undefined }
}
