import { realpathSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { Duration, formatDuration } from '../core/duration.ts'
import { CertctlError } from '../core/errors.ts'
import type { ToldError } from '../files/deployment-entry.ts'
import { Inventory } from '../files/inventory.ts'
import { glanceAt, type Glance } from '../files/glance.ts'
import { parseCertificate, type Certificate } from '../pki/certificate.ts'
import { isKeyOf } from '../pki/key-match.ts'
import { deployState } from './deployment/owed.ts'
import { planRenewal } from './due/renewal-plan.ts'
import { renewalRules } from './due/renewal-rules.ts'
import type { Host } from './host.ts'
import type { RenewBefore, Validity } from './renewal-due.ts'

/** From the worst to the best; all up to `overdue` answer "no" to the question whether a certificate is good. */
export const certificateStates = [
  'expired',
  'mismatch',
  'missing',
  'unreadable',
  'not-yet-valid',
  'overdue',
  'due',
  'ok',
] as const

export type CertificateState = (typeof certificateStates)[number]

export interface CertificateStatus {
  /** Absolute. */
  readonly directory: string
  readonly state: CertificateState
  /** Why it is not ok, on one line. */
  readonly reason: string | undefined
  readonly error: CertctlError | undefined
  /** Undefined where nothing can be read. */
  readonly certificate: SeenCertificate | undefined
}

/** Of a certificate what a table of ten thousand can hold. */
export interface SeenCertificate extends Validity {
  readonly name: string
  readonly serial: string
  /** As the issuer is called in metrics and logs. */
  readonly issuer: { readonly kind: string; readonly name: string }
  readonly nextRenewalAt: Date
  /** `none`: it has neither hook nor probe, or none has run for it yet. */
  readonly deploy: 'none' | 'done' | 'pending'
  /** Why the last renewal failed, if it did. */
  readonly lastError: ToldError | undefined
}

export interface StatusQuestion {
  readonly renewBefore: RenewBefore | undefined
  /** Where what the host knows of its certificates is kept. */
  readonly host: Pick<Host, 'stateDirectory' | 'jitterOf'>
  readonly now: Date
}

/** How each certificate is, in the order of the directories. Nothing is written and nobody is asked. */
export async function certificateStatuses(
  directories: readonly string[],
  question: StatusQuestion,
  signal?: AbortSignal,
): Promise<readonly CertificateStatus[]> {
  const statuses: CertificateStatus[] = []
  for (const [index, directory] of directories.entries()) {
    // Signals are heard only between turns of the event loop.
    if (index % 100 === 0) await turn()
    signal?.throwIfAborted()
    statuses.push(certificateStatus(directory, question))
  }
  return statuses
}

export function certificateStatus(directory: string, question: StatusQuestion): CertificateStatus {
  try {
    const glance = glanceAt(directory)
    if (glance) return judged(directory, glance, question)
    return { ...nothing, directory, state: 'missing', reason: 'there is no certificate of certctl' }
  } catch (error) {
    if (!(error instanceof CertctlError)) throw error
    return { ...nothing, directory, state: 'unreadable', reason: error.message, error }
  }
}

const nothing = { error: undefined, certificate: undefined }

function judged(
  directory: string,
  { record, cert, key }: Glance,
  { renewBefore, now, host }: StatusQuestion,
): CertificateStatus {
  const realPath = realpathSync.native(directory)
  const entry = new Inventory(host.stateDirectory).read(realPath)
  const certificate = parseCertificate(cert, `the certificate in ${directory}`)
  const { notBefore, notAfter, serial } = certificate
  const issuer = { kind: record.issuer.kind, name: record.issuer.profile ?? record.issuer.kind }
  const plan = planRenewal(certificate, renewalRules(entry, { renewBefore, jitter: host.jitterOf(realPath) }), now)
  const seen = {
    name: record.name,
    serial,
    issuer,
    notBefore,
    notAfter,
    nextRenewalAt: plan.nextRenewalAt,
    deploy: deployState(entry),
    lastError: entry?.attempts?.error,
  }
  const [state, reason] = keyVerdict(key, certificate, directory) ?? timeVerdict(seen, plan.dueAt, now)
  return { directory, state, reason, error: undefined, certificate: seen }
}

type Verdict = readonly [CertificateState, string | undefined]

function keyVerdict(key: Glance['key'], certificate: Certificate, directory: string): Verdict | undefined {
  if (!key || isKeyOf(key, certificate, `the key in ${directory}`)) return undefined
  return ['mismatch', 'key and certificate differ']
}

/** Half of the time for renewing it has passed without a renewal: whoever renews does not run, or fails. */
function timeVerdict({ notBefore, notAfter }: Validity, dueAt: Date, now: Date): Verdict {
  const left = Duration.between(now, notAfter)
  if (!left.isPositive) return ['expired', `since ${formatDuration(left.times(-1))}`]
  if (now < notBefore) return ['not-yet-valid', `for another ${formatDuration(Duration.between(now, notBefore))}`]
  const since = Duration.between(dueAt, now)
  if (since.milliseconds < 0) return ['ok', undefined]
  const isLate = Duration.between(dueAt, notAfter).times(0.5).isLessThan(since)
  return [isLate ? 'overdue' : 'due', `since ${formatDuration(since)}`]
}

export function isGood({ state, certificate }: CertificateStatus): boolean {
  return (state === 'ok' || state === 'due') && certificate?.deploy !== 'pending'
}

/** How many there are in each state, zeros included. */
export function countStates(statuses: readonly CertificateStatus[]): Readonly<Record<CertificateState, number>> {
  const counts = Object.fromEntries(certificateStates.map((state) => [state, 0])) as Record<CertificateState, number>
  for (const { state } of statuses) counts[state] += 1
  return counts
}
