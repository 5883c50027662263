import { FileError } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { nothingBefore } from '../files/directory-errors.ts'
import { Inventory } from '../files/inventory.ts'
import { parseCertificate } from '../pki/certificate.ts'
import type { Host } from './host.ts'
import { lockedDirectory } from './locked-directory.ts'
import { Publishing } from './publishing.ts'
import type { Renewal, RenewalOrder } from './renewal.ts'
import { versionBefore } from './version-before.ts'

/** Publishes the certificate before the live one again; the files beside the directory follow. */
export async function undoRenewal(order: RenewalOrder, host: Host, signal?: AbortSignal): Promise<Renewal> {
  const { directory } = order
  return lockedDirectory(directory, host, signal, async () => {
    const live = await directory.read()
    if (live.record.adopted === true) throw await nothingOfOurs(directory, host)
    const undone = parseCertificate(live.cert, live.files.cert)
    const before = await versionBefore(directory, { live: undone }, host)
    const { set, certificate } = before
    const hasKey = set.key !== undefined
    const publishing = await Publishing.open({ ...order, keepOutputs: true, replace: order.force, hasKey }, host)
    const published = await publishing.goBack(before, undone.serial)
    host.metrics.setCertificate(set.record.name, certificate.notAfter, published.nextRenewalAt)
    const reason = `${undone.serial} was undone`
    return { ...published, action: 'undone', reason, name: set.record.name, certificate }
  })
}

/** What is there was made by another tool. */
async function nothingOfOurs(directory: CertificateDirectory, { stateDirectory }: Host): Promise<FileError> {
  const { path } = directory
  if (new Inventory(stateDirectory).read(await directory.realPath())?.undone) return nothingBefore(path)
  return new FileError(`${path} was taken over, and certctl has not renewed it yet`, {
    code: 'nothing-to-undo',
    hint: `to have this host forget it, see: certctl adopt --help`,
    facts: { path },
  })
}
