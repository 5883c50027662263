import { Publishing } from './publishing.ts'
import type { Host } from './host.ts'
import type { Judged, Renewal, RenewalOrder } from './renewal.ts'

/**
 * Publishes what is live once more, in the forms and for the readers that are asked for now. Files that were lost or changed
 * are whole then.
 */
export async function republishCertificate(order: RenewalOrder, judged: Judged, host: Host): Promise<Renewal> {
  const { hasKey } = judged.published
  const publishing = await Publishing.open(
    { ...order, keepOutputs: order.replacesKept !== true, replace: order.force, hasKey },
    host,
  )
  const there = await order.directory.readWhole()
  const { chain } = judged
  const published = await publishing.publishAgain({ ...there, chain, fullchain: there.cert + chain })
  // What was damaged may be of no interest from now on.
  const mended = judged.damage.filter(({ path }) => published.written.includes(path))
  const told = mended.length === 0 ? {} : { mended, reason: `${judged.reason}; files were written again` }
  const warnings = mended.map(
    ({ path, harm }) => `${path} ${harm === 'missing' ? 'was gone' : 'held something else'}, and was written again`,
  )
  return { ...judged, ...published, ...told, warnings: [...warnings, ...judged.warnings, ...published.warnings] }
}
