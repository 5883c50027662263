import { Duration } from '../core/duration.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { damageText } from '../files/damage.ts'
import { glanceAt, wholeSetOf } from '../files/glance.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { adoptedDefect, adoptedInPlace } from './adopt/in-place.ts'
import { defectOf } from './defect.ts'
import { deployState, hasDeploymentWork } from './deployment/owed.ts'
import { planRenewal } from './due/renewal-plan.ts'
import { renewalRules } from './due/renewal-rules.ts'
import { afterFailure } from './due/retry-plan.ts'
import type { Host } from './host.ts'
import { lockedDirectory } from './locked-directory.ts'
import { nothingDue } from './nothing-due.ts'
import { damagedOutputs } from './outputs/damaged-outputs.ts'
import { reasonFor } from './renewal-reason.ts'
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
  const realPath = await directory.realPath()
  const entry = new Inventory(host.stateDirectory).read(realPath)
  const inPlace = adoptedInPlace(published.record, entry)
  const certificate = inPlace ?? parseCertificate(published.cert, published.files.cert)
  const now = host.clock.now()
  const glance = glanceAt(directory.path)
  const defect = glance && (defectOf(glance, entry, directory.path, inPlace) ?? adoptedDefect(published.record, entry))
  // What is of no use is not worth mending.
  const damage = glance && !defect ? [...glance.damage, ...damagedOutputs(() => wholeSetOf(glance), entry)] : []
  const jitter = host.jitterOf(realPath)
  const rules = renewalRules(entry, { renewBefore, jitter, isUseless: defect !== undefined })
  const plan = planRenewal(certificate, rules, now)
  const { record, files } = published
  return {
    published,
    entry,
    defect,
    damage,
    action: plan.isDue || force || anew ? 'due' : 'not-due',
    reason: anew?.reason ?? reasonFor(Duration.between(now, certificate.notAfter), plan, entry, force, defect),
    name: record.name,
    certificate,
    files,
    outputs: undefined,
    written: [],
    nextRenewalAt: plan.nextRenewalAt,
    deploy: deployState(entry),
    hasDeploymentWork: hasDeploymentWork(entry),
    ...(plan.waitsFor === 'next-try' && !force ? { lastError: entry?.attempts?.error } : {}),
    warnings: [],
  }
}

function told(renewal: Renewal, { metrics }: Host): Renewal {
  metrics.setCertificate(renewal.name, renewal.certificate.notAfter, renewal.nextRenewalAt)
  if (renewal.deploy !== 'none') metrics.setDeployPending(renewal.name, renewal.deploy === 'pending')
  return renewal
}
