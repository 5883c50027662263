import { Publishing } from './publishing.ts'
import type { Host } from './host.ts'
import type { Judged, Renewal, RenewalOrder } from './renewal.ts'

/** Publishes what is live once more, in the forms and for the readers that are asked for now. */
export async function republishCertificate(order: RenewalOrder, judged: Judged, host: Host): Promise<Renewal> {
  const { hasKey } = judged.published
  const publishing = await Publishing.open(
    { ...order, keepOutputs: order.replacesKept !== true, replace: order.force, hasKey },
    host,
  )
  const published = await publishing.publishAgain(await order.directory.readWhole())
  return { ...judged, ...published, warnings: [...judged.warnings, ...published.warnings] }
}
