import { parseCertificate } from '../pki/certificate.ts'
import type { Host } from './host.ts'
import { lockedDirectory } from './locked-directory.ts'
import { Publishing } from './publishing.ts'
import type { Renewal, RenewalOrder } from './renewal.ts'
import { renewalTime } from './renewal-due.ts'

/** Publishes the version before the live one again; the files beside the directory follow. */
export async function undoRenewal(order: RenewalOrder, host: Host, signal?: AbortSignal): Promise<Renewal> {
  const { directory, outputs, force, renewBefore } = order
  return lockedDirectory(directory, host, signal, async () => {
    const live = await directory.read()
    const undone = parseCertificate(live.cert, live.files.cert)
    const set = await directory.readBefore()
    const hasKey = set.key !== undefined
    const publishing = await Publishing.open({ directory, outputs, keepOutputs: true, replace: force, hasKey }, host)
    const published = await publishing.goBack(set, undone.serial)
    const certificate = parseCertificate(set.cert, published.files.cert)
    const nextRenewalAt = renewalTime(certificate, renewBefore)
    host.metrics.setCertificate(set.record.name, certificate.notAfter, nextRenewalAt)
    const reason = `${undone.serial} was undone`
    return { ...published, action: 'undone', reason, name: set.record.name, certificate, nextRenewalAt }
  })
}
