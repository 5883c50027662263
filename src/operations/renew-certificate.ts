import { formatDuration, Duration } from '../core/duration.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { PublishedFiles } from '../files/certificate-set.ts'
import type { PublishedSet } from '../files/published-set.ts'
import { parseCertificate, type Certificate } from '../pki/certificate.ts'
import type { KeyType } from '../pki/key-type.ts'
import type { Host } from './host.ts'
import type { Issuer } from './issuer.ts'
import { lockedDirectory } from './locked-directory.ts'
import { renewalTime, type RenewBefore } from './renewal-due.ts'

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

/** Replaces a certificate by a successor when it is due. When it is not, nothing is written. */
export async function renewCertificate(order: RenewalOrder, host: Host, signal?: AbortSignal): Promise<Renewal> {
  const first = await judge(order, host)
  if (first.action === 'not-due' || order.dryRun) return told(first, host)
  return lockedDirectory(order.directory, host, signal, async () => {
    const judged = await judge(order, host)
    if (judged.action === 'not-due') return told(judged, host)
    // Loaded only now: a run with nothing due is the common one, and needs no ASN.1.
    const { replaceCertificate } = await import('./replace-certificate.ts')
    return told(await replaceCertificate(order, judged, host, signal), host)
  })
}

export interface Judged extends Renewal {
  readonly published: PublishedSet
}

async function judge({ directory, renewBefore, force }: RenewalOrder, { clock }: Host): Promise<Judged> {
  const published = await directory.read()
  const certificate = parseCertificate(published.cert, published.files.cert)
  const nextRenewalAt = renewalTime(certificate, renewBefore)
  const now = clock.now()
  const left = Duration.between(now, certificate.notAfter)
  const reason = left.isPositive ? `${formatDuration(left)} left` : 'it has expired'
  const isDue = nextRenewalAt <= now
  const action = isDue || force ? 'due' : 'not-due'
  const { record, files } = published
  return {
    published,
    action,
    reason: isDue || !force ? reason : `${reason}, forced`,
    name: record.name,
    certificate,
    files,
    nextRenewalAt,
    warnings: [],
  }
}

function told(renewal: Renewal, { metrics }: Host): Renewal {
  metrics.setCertificate(renewal.name, renewal.certificate.notAfter, renewal.nextRenewalAt)
  return renewal
}
