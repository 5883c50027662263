import type { Duration } from '../core/duration.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { PublishedFiles } from '../files/certificate-set.ts'
import type { PublishedSet } from '../files/published-set.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { KeyType } from '../pki/key-type.ts'
import type { Issuer } from './issuer.ts'
import type { RenewBefore } from './renewal-due.ts'

export interface RenewalOrder {
  readonly directory: CertificateDirectory
  readonly renewBefore: RenewBefore | undefined
  /** Renews also what is not due. */
  readonly force: boolean
  /** Only says what would be done. */
  readonly dryRun: boolean
  /** Undefined: a key that was given is kept, one that was made here is made anew. */
  readonly keyPolicy: 'rekey' | 'reuse' | undefined
  /** Take the place of what the record says. */
  readonly ttl: Duration | undefined
  readonly keyType: KeyType | undefined
  /** Called only when there is something to renew: with nothing due, no token is needed. */
  readonly issuerFor: (record: CertificateRecord) => Promise<Issuer>
}

export interface Renewal {
  readonly action: 'renewed' | 'not-due' | 'due'
  readonly reason: string
  readonly name: string
  readonly certificate: Certificate
  readonly files: PublishedFiles
  readonly nextRenewalAt: Date
  readonly warnings: readonly string[]
}

/** What is there, and whether its time has come. */
export interface Judged extends Renewal {
  readonly published: PublishedSet
}
