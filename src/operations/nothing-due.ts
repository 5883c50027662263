import { Duration } from '../core/duration.ts'
import { CertctlError } from '../core/errors.ts'
import { publishedFiles } from '../files/certificate-set.ts'
import { glanceAt, wholeSetOf } from '../files/glance.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import { settledAt } from '../files/settled.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { carriesPublicHalf } from '../pki/key-match.ts'
import { outlineOf } from '../pki/outline.ts'
import { planOnHost } from './due/host-plan.ts'
import type { Host } from './host.ts'
import { damagedOutputs } from './outputs/damaged-outputs.ts'
import { pathsOf } from './outputs/told-outputs.ts'
import { reasonFor } from './renewal-reason.ts'
import { tellMetrics, untouched } from './renewal-so-far.ts'
import type { Renewal, RenewalOrder } from './renewal.ts'
import { isRevoked } from './revoked.ts'

/**
 * What a renewal says of a certificate that is not due, where a short look shows that there is nothing else to do about it.
 * Undefined where there may be: then the long way finds out what. What it leaves for later, such as parsing all of the
 * certificate, is done when it is asked for.
 */
export function nothingDue({ directory, renewBefore, known }: RenewalOrder, host: Host): Renewal | undefined {
  const { path } = directory
  const settled = settledAt(path)
  const outline = settled && outlineOf(settled.cert)
  if (settled === undefined || outline === undefined || settled.record.adopted === true) return undefined
  if (settled.key && !carriesPublicHalf(settled.key, outline)) return undefined
  if (known?.mayHaveJournals !== false && new PublishJournal(host.stateDirectory, path).isThere) return undefined
  const entry = known?.entries.get(path) ?? entryOf(path, host)
  if (entry === undefined || isRevoked(entry, outline.serial) || hasDamagedOutputs(path, entry)) return undefined
  const now = host.clock.now()
  const plan = planOnHost(outline, { directory: path, entry, renewBefore, now }, host)
  if (plan.isDue) return undefined
  const { cert, has } = settled
  const { name } = settled.record
  const soFar = untouched(plan, entry)
  tellMetrics({ name, ...soFar }, outline, host)
  return {
    ...soFar,
    action: 'not-due',
    reason: reasonFor(Duration.between(now, plan.endsAt), plan, entry, false),
    name,
    get certificate() {
      return parseCertificate(cert, path)
    },
    get files() {
      return publishedFiles(path, has)
    },
  }
}

/** Of the few that have files elsewhere. */
function hasDamagedOutputs(path: string, entry: InventoryEntry): boolean {
  if (pathsOf(entry.outputs).length === 0) return false
  const glance = glanceAt(path)
  return glance === undefined || damagedOutputs(() => wholeSetOf(glance), entry).length > 0
}

/** A directory that is not known by this path may be known by its real one. */
function entryOf(path: string, { stateDirectory }: Host) {
  try {
    return new Inventory(stateDirectory).read(path)
  } catch (error) {
    if (error instanceof CertctlError) return undefined
    throw error
  }
}
