import { Publishing } from './publishing.ts'
import type { Host } from './host.ts'
import type { Judged, Renewal, RenewalOrder } from './renewal.ts'

/** Publishes what is live once more, in the forms and for the readers that are asked for now. */
export async function republishCertificate(order: RenewalOrder, judged: Judged, host: Host): Promise<Renewal> {
  const { directory, outputs, force } = order
  const { hasKey } = judged.published
  const publishing = await Publishing.open({ directory, outputs, keepOutputs: true, replace: force, hasKey }, host)
  const published = await publishing.publishAgain(await directory.readWhole())
  return { ...judged, ...published, warnings: [...judged.warnings, ...published.warnings] }
}
