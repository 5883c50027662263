import { Duration } from '../core/duration.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { noCertificate } from '../files/directory-errors.ts'
import { damageText } from '../files/damage.ts'
import { glanceAt } from '../files/glance.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import { planOnHost } from './due/host-plan.ts'
import { afterFailure } from './due/retry-plan.ts'
import type { Host } from './host.ts'
import { judgeCertificate } from './judgement.ts'
import { lockedDirectory } from './locked-directory.ts'
import { nothingDue } from './nothing-due.ts'
import { reasonFor } from './renewal-reason.ts'
import { tellMetrics, untouched } from './renewal-so-far.ts'
import type { Judged, Renewal, RenewalOrder } from './renewal.ts'

/**
 * Replaces a certificate by a successor when it is due, or of no use. When it is not, only files that were lost or changed
 * are written again, and nothing where all is as it was left.
 */
export async function renewCertificate(order: RenewalOrder, host: Host, signal?: AbortSignal): Promise<Renewal> {
  const idle = order.force || order.anew || tellsSomething(order) ? undefined : nothingDue(order, host)
  if (idle) return idle
  const first = await judge(order, host)
  if (order.dryRun) return told(first.damage.length > 0 ? { ...first, ...wouldMend(first) } : first, host)
  if (first.action === 'not-due' && !tellsSomething(order) && first.damage.length === 0) {
    await clearLeftovers(order.directory, host, signal)
    return told(first, host)
  }
  return lockedDirectory(order.directory, host, signal, async () => {
    if (first.published.record.adopted === true) {
      const { keepAsItIs } = await import('./adopt/keep-as-it-is.ts')
      await keepAsItIs(order.directory, host)
    }
    const judged = await judge(order, host)
    if (judged.action === 'not-due') {
      if (!tellsSomething(order) && judged.damage.length === 0) {
        // What looked like damage was the half of a killed run, which is at its end now that the lock is held.
        await order.directory.clearLeftovers()
        return told(judged, host)
      }
      const { republishCertificate } = await import('./republish-certificate.ts')
      return told(await republishCertificate(order, judged, host), host)
    }
    // Loaded only now: a run with nothing due is the common one, and needs no ASN.1.
    const { replaceCertificate } = await import('./replace-certificate.ts')
    try {
      return told(await replaceCertificate(order, judged, host, signal), host)
    } catch (error) {
      await rememberFailure(order.directory, judged, error, host)
      throw error
    }
  })
}

function tellsSomething({ outputs, deployment = {}, schedule = {}, replacesKept = false }: RenewalOrder): boolean {
  return replacesKept || [outputs, deployment, schedule].some((told) => Object.keys(told).length > 0)
}

/** A successor comes with all its files. */
function wouldMend({ action, reason, damage }: Judged): Partial<Renewal> {
  return action === 'due'
    ? {}
    : { reason: `${reason}; ${damageText(damage)}, and would be written again`, mended: damage }
}

/** Under the lock. What can't be remembered is told with the failure itself, and tried again by the next run. */
async function rememberFailure(
  directory: CertificateDirectory,
  { certificate: { notAfter } }: Judged,
  error: unknown,
  { stateDirectory, clock }: Host,
): Promise<void> {
  const realPath = await directory.realPath()
  const remember = (entry: InventoryEntry): InventoryEntry => {
    const attempts = afterFailure(entry.attempts, error, { now: clock.now(), notAfter })
    return attempts === undefined ? entry : { ...entry, attempts }
  }
  await new Inventory(stateDirectory).update(realPath, remember).catch(() => undefined)
}

/** What a killed run left is cleared by the next, also when that has nothing to renew. */
async function clearLeftovers(directory: CertificateDirectory, host: Host, signal?: AbortSignal): Promise<void> {
  const journal = new PublishJournal(host.stateDirectory, await directory.realPath())
  if (!journal.isThere && !(await directory.hasLeftovers())) return
  await lockedDirectory(directory, host, signal, () => directory.clearLeftovers())
}

async function judge({ directory, renewBefore, force, anew }: RenewalOrder, host: Host): Promise<Judged> {
  const published = await directory.read()
  const glance = glanceAt(directory.path)
  if (glance === undefined) throw noCertificate(directory.path, 'absent')
  const now = host.clock.now()
  const judgement = judgeCertificate(glance, { directory: directory.path, renewBefore, now }, host)
  const { entry, certificate, defect } = judgement
  // Another certificate waits neither for the end of this one nor for a window, but after a failure as a renewal does.
  const question = { directory: glance.directory, entry, renewBefore, isUseless: true, now }
  const plan = anew ? planOnHost(certificate, question, host) : judgement.plan
  const { lastError, ...soFar } = untouched(plan, entry)
  return {
    ...soFar,
    ...(force ? {} : { lastError }),
    ...judgement,
    plan,
    published,
    action: plan.isDue || force ? 'due' : 'not-due',
    reason: reasonFor(Duration.between(now, plan.endsAt), plan, entry, force, anew ?? defect),
    name: published.record.name,
    files: published.files,
  }
}

function told(renewal: Renewal, host: Host): Renewal {
  tellMetrics(renewal, renewal.certificate, host)
  return renewal
}
