import type { Duration } from '../core/duration.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { PublishedFiles } from '../files/certificate-set.ts'
import type { Damage } from '../files/damage.ts'
import type { Deployment, ToldError } from '../files/deployment-entry.ts'
import type { InventoryEntry, Outputs } from '../files/inventory-entry.ts'
import type { PublishedSet } from '../files/published-set.ts'
import type { Schedule } from '../files/schedule-entry.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { KeyType } from '../pki/key-type.ts'
import type { Issuer } from './issuer.ts'
import type { Judgement } from './judgement.ts'
import type { WantedCertificate } from './obtain-certificate.ts'
import type { RenewBefore } from './renewal-due.ts'

export interface RenewalOrder {
  readonly directory: CertificateDirectory
  readonly renewBefore: RenewBefore | undefined
  /** Renews also what is not due, and replaces plain files that certctl did not write. */
  readonly force: boolean
  /** Goes back to the version before, in the place of a renewal. */
  readonly undo: boolean
  /** Only says what would be done. */
  readonly dryRun: boolean
  /** Undefined: a key that was given is kept, one that was made here is made anew. */
  readonly keyPolicy: 'rekey' | 'reuse' | undefined
  /** Take the place of what the record says. */
  readonly ttl: Duration | undefined
  readonly keyType: KeyType | undefined
  /** What is to be published beside the directory from now on, and modes; empty for no change. */
  readonly outputs: Outputs
  /** The same of hooks and probes, and of the time of renewals. */
  readonly deployment?: Deployment | undefined
  readonly schedule?: Schedule | undefined
  /** Whether what was told before of these three ends where nothing is told now. */
  readonly replacesKept?: boolean | undefined
  /** Another certificate than the recorded one, in its place, due or not; after failures it is tried when a renewal would be. */
  readonly anew?: Anew | undefined
  /** What was read of the host before the batch. */
  readonly known?: KnownOfHost | undefined
  /** Called only when there is something to renew: with nothing due, no token is needed. */
  readonly issuerFor: (record: CertificateRecord) => Promise<Issuer>
}

/** Read once for a batch, where reading it for each certificate would be half of the work. */
export interface KnownOfHost {
  /** By their directories' real paths. */
  readonly entries: ReadonlyMap<string, InventoryEntry>
  /** Whether a killed run may have left a journal. */
  readonly mayHaveJournals: boolean
}

export interface Anew {
  readonly name: string
  readonly wanted: WantedCertificate
  /** In what it differs. */
  readonly reason: string
}

export interface Renewal {
  /** `issued` and `changed` are of `apply`. */
  readonly action: 'renewed' | 'not-due' | 'due' | 'undone' | 'issued' | 'changed'
  readonly reason: string
  readonly name: string
  readonly certificate: Certificate
  readonly files: PublishedFiles
  /** What is published beside the directory; undefined when that was not looked at. */
  readonly outputs: Outputs | undefined
  /** Absolute paths of what shows something else than before. */
  readonly written: readonly string[]
  readonly nextRenewalAt: Date
  /** `none`: it has neither hook nor probe, or none has run for it yet. */
  readonly deploy: 'none' | 'done' | 'pending'
  /** Whether something is published that is not in use yet, or waits to be revoked. */
  readonly hasDeploymentWork: boolean
  /** Files that were lost or changed and are written again, with the certificate that is there. */
  readonly mended?: readonly Damage[] | undefined
  /** Why the last try failed, while it is not tried again. */
  readonly lastError?: ToldError | undefined
  readonly warnings: readonly string[]
}

/** What is there, and whether its time has come. */
export interface Judged extends Renewal, Judgement {
  readonly published: PublishedSet
}
