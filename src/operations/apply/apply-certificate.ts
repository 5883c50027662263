import { FileError } from '../../core/errors.ts'
import type { ToldError } from '../../files/deployment-entry.ts'
import { Inventory } from '../../files/inventory.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import type { Host } from '../host.ts'
import { assertIssuable } from '../issuable-directory.ts'
import { issueCertificate } from '../issue-certificate.ts'
import { renewCertificate } from '../renew-certificate.ts'
import type { Renewal, RenewalOrder } from '../renewal.ts'
import type { ApplyOrder } from './apply-order.ts'
import { certificateDifferences, entryDifferences } from './differences.ts'

/** What is to be done about a certificate, nothing of it done yet. */
export interface AppliedPlan {
  readonly action: 'issue' | 'renew' | 'change' | 'not-due'
  readonly reason: string
  /** Why the last try failed, while it is not tried again. */
  readonly lastError?: ToldError | undefined
}

/** Issues what is missing, renews what is due, and changes what differs; does nothing else. */
export async function applyCertificate(order: ApplyOrder, host: Host, signal: AbortSignal): Promise<Renewal> {
  const comparison = await compare(order, host)
  if (comparison !== undefined) return kept(order, comparison, host, signal)
  try {
    return await issued(order, host, signal)
  } catch (error) {
    // Of two runs at once the second finds, once it has the lock, what the first has issued.
    const isThere = error instanceof FileError && error.code === 'exists'
    const found = isThere ? await compare(order, host) : undefined
    if (found === undefined) throw error
    return kept(order, found, host, signal)
  }
}

async function kept(order: ApplyOrder, comparison: Comparison, host: Host, signal: AbortSignal): Promise<Renewal> {
  const renewal = await renewCertificate(renewalOrder(order, comparison, false), host, signal)
  const reason = changeReason(comparison, renewal)
  if (reason === undefined) return renewal.mended ? { ...renewal, action: 'changed' } : renewal
  // What was due anyway is a renewal that brings the changes along.
  const isRenewal = renewal.action === 'renewed' && comparison.certificate.length === 0
  return isRenewal ? renewal : { ...renewal, action: 'changed', reason }
}

/** The same as it would be done now. */
export async function planCertificate(order: ApplyOrder, host: Host): Promise<AppliedPlan> {
  const comparison = await compare(order, host)
  if (comparison === undefined) {
    await assertIssuable(order.issue, host.stateDirectory)
    return { action: 'issue', reason: missing }
  }
  const renewal = await renewCertificate(renewalOrder(order, comparison, true), host)
  const { action, reason, mended, lastError } = renewal
  const change = changeReason(comparison, renewal)
  if (action === 'due' && comparison.certificate.length === 0) return { action: 'renew', reason }
  if (change !== undefined) return { action: 'change', reason: change }
  return { action: mended ? 'change' : 'not-due', reason, lastError }
}

const missing = 'it is missing'

/** In what the certificate that is there, and what this host does with it, differ from what is asked. */
interface Comparison {
  readonly certificate: readonly string[]
  readonly entry: readonly string[]
}

/** Undefined where there is no certificate to compare with. */
async function compare(order: ApplyOrder, host: Host): Promise<Comparison | undefined> {
  const { directory } = order.issue
  if ((await directory.state()) !== 'published') return undefined
  const { record, cert, files } = await directory.read()
  const entry = new Inventory(host.stateDirectory).read(await directory.realPath())
  return {
    certificate: certificateDifferences(order, record, parseCertificate(cert, files.cert)),
    entry: entryDifferences(order, entry),
  }
}

/** What is, or would be, changed; another certificate that waits for its next try is not. */
function changeReason({ certificate, entry }: Comparison, { action, reason }: Renewal): string | undefined {
  const told = entry.length > 0 ? `told otherwise: ${entry.join(', ')}` : undefined
  if (certificate.length === 0) return told
  return action === 'not-due' ? told && `${told}; ${reason}` : askedOtherwise(certificate)
}

function askedOtherwise(differences: readonly string[]): string {
  return `asked for otherwise: ${differences.join(', ')}`
}

function renewalOrder(order: ApplyOrder, { certificate, entry }: Comparison, dryRun: boolean): RenewalOrder {
  const { issue, force, issuerFor } = order
  const { directory, name, wanted, outputs, deployment, schedule } = issue
  const anew = certificate.length === 0 ? undefined : { name, wanted, reason: askedOtherwise(certificate) }
  const told = entry.length === 0 ? { outputs: {} } : { outputs, deployment, schedule, replacesKept: true }
  return {
    ...told,
    directory,
    anew,
    force,
    dryRun,
    issuerFor,
    undo: false,
    renewBefore: undefined,
    keyPolicy: undefined,
    ttl: undefined,
    keyType: undefined,
  }
}

async function issued({ issue, openIssuer }: ApplyOrder, host: Host, signal: AbortSignal): Promise<Renewal> {
  const issuance = await issueCertificate(issue, await openIssuer(), host, signal)
  return { ...issuance, action: 'issued', reason: missing, name: issue.name }
}
