import type { Duration } from '../../core/duration.ts'
import type { Deployment } from '../../files/deployment-entry.ts'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { PublishedFiles } from '../../files/certificate-set.ts'
import type { Outputs } from '../../files/inventory-entry.ts'
import type { Schedule } from '../../files/schedule-entry.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { KeyType } from '../../pki/key-type.ts'

/** What is told for all certificates that are taken over. */
export interface AdoptionOrder {
  /** Who is to give the successors. */
  readonly issuer: CertificateRecord['issuer']
  /** In the place of the validity that each has now. */
  readonly ttl: Duration | undefined
  /** In the place of the kind that its key is of. */
  readonly keyType: KeyType | undefined
  readonly reuseKey: boolean
  /** Further files, and modes; the first renewal writes them. */
  readonly outputs: Outputs
  readonly deployment: Deployment
  readonly schedule: Schedule
  /** Whether further files may be named that are there and that certctl did not make. */
  readonly replace: boolean
  /** Only says what would be taken over. */
  readonly dryRun: boolean
}

export interface Adoption {
  /** `updated`: it was taken over before, and has changed since or is told otherwise now. */
  readonly action: 'adopted' | 'updated' | 'unchanged' | 'adoptable'
  readonly reason: string
  readonly name: string
  /** Where certctl keeps it. */
  readonly directory: string
  readonly certificate: Certificate
  readonly record: CertificateRecord
  /** Undefined where nothing was written. */
  readonly files: PublishedFiles | undefined
  /** Files that the first renewal replaces. */
  readonly outputs: Outputs | undefined
  readonly nextRenewalAt: Date
  readonly warnings: readonly string[]
}
