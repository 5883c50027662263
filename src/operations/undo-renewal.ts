import { FileError } from '../core/errors.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { parseCertificate } from '../pki/certificate.ts'
import type { Host } from './host.ts'
import { lockedDirectory } from './locked-directory.ts'
import { Publishing } from './publishing.ts'
import type { Renewal, RenewalOrder } from './renewal.ts'

/** Publishes the version before the live one again; the files beside the directory follow. */
export async function undoRenewal(order: RenewalOrder, host: Host, signal?: AbortSignal): Promise<Renewal> {
  const { directory } = order
  return lockedDirectory(directory, host, signal, async () => {
    const live = await directory.read()
    const undone = parseCertificate(live.cert, live.files.cert)
    const set = await directory.readBefore()
    const before = parseCertificate(set.cert, 'the version before')
    assertNotRevoked(before.serial, new Inventory(host.stateDirectory).read(await directory.realPath()))
    const hasKey = set.key !== undefined
    const publishing = await Publishing.open({ ...order, keepOutputs: true, replace: order.force, hasKey }, host)
    const published = await publishing.goBack(set, undone.serial)
    const certificate = parseCertificate(set.cert, published.files.cert)
    host.metrics.setCertificate(set.record.name, certificate.notAfter, published.nextRenewalAt)
    const reason = `${undone.serial} was undone`
    return { ...published, action: 'undone', reason, name: set.record.name, certificate }
  })
}

/** FileError for a version that nobody would trust any more. */
export function assertNotRevoked(serial: string, entry: InventoryEntry | undefined): void {
  if (!(entry?.revoked ?? []).includes(serial)) return
  throw new FileError(`the version before, ${serial}, was revoked when its successor was deployed`, {
    code: 'revoked',
    hint: 'make a new one: certctl renew --force',
  })
}
