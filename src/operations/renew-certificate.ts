import { formatDuration, Duration } from '../core/duration.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import { parseCertificate } from '../pki/certificate.ts'
import type { Host } from './host.ts'
import { lockedDirectory } from './locked-directory.ts'
import type { Judged, Renewal, RenewalOrder } from './renewal.ts'
import { renewalTime } from './renewal-due.ts'

/** Replaces a certificate by a successor when it is due. When it is not, nothing is written. */
export async function renewCertificate(order: RenewalOrder, host: Host, signal?: AbortSignal): Promise<Renewal> {
  const first = await judge(order, host)
  if (order.dryRun) return told(first, host)
  if (first.action === 'not-due' && !changesOutputs(order)) {
    await clearLeftovers(order.directory, host, signal)
    return told(first, host)
  }
  return lockedDirectory(order.directory, host, signal, async () => {
    const judged = await judge(order, host)
    if (judged.action === 'not-due') {
      if (!changesOutputs(order)) return told(judged, host)
      const { republishCertificate } = await import('./republish-certificate.ts')
      return told(await republishCertificate(order, judged, host), host)
    }
    // Loaded only now: a run with nothing due is the common one, and needs no ASN.1.
    const { replaceCertificate } = await import('./replace-certificate.ts')
    return told(await replaceCertificate(order, judged, host, signal), host)
  })
}

function changesOutputs({ outputs }: RenewalOrder): boolean {
  return Object.keys(outputs).length > 0
}

/** What a killed run left is cleared by the next, also when that has nothing to renew. */
async function clearLeftovers(directory: CertificateDirectory, host: Host, signal?: AbortSignal): Promise<void> {
  const journal = new PublishJournal(host.stateDirectory, await directory.realPath())
  if (!journal.isThere && !(await directory.hasLeftovers())) return
  await lockedDirectory(directory, host, signal, () => directory.clearLeftovers())
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
    outputs: undefined,
    written: [],
    nextRenewalAt,
    warnings: [],
  }
}

function told(renewal: Renewal, { metrics }: Host): Renewal {
  metrics.setCertificate(renewal.name, renewal.certificate.notAfter, renewal.nextRenewalAt)
  return renewal
}
