import { setImmediate as turn } from 'node:timers/promises'
import { Duration, formatDuration } from '../core/duration.ts'
import { CertctlError } from '../core/errors.ts'
import type { ToldError } from '../files/deployment-entry.ts'
import { damageText, type Damage } from '../files/damage.ts'
import { glanceAt, liveVersion, type Glance } from '../files/glance.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import { shellWord } from '../files/shell-word.ts'
import { deployState } from './deployment/owed.ts'
import type { HostPlan } from './due/host-plan.ts'
import type { Host } from './host.ts'
import { judgeCertificate } from './judgement.ts'
import type { RenewBefore, Validity } from './renewal-due.ts'

/** From the worst to the best; all up to `overdue` answer "no" to the question whether a certificate is good. */
export const certificateStates = [
  'expired',
  'revoked',
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
  /** What to do next, where it is no good; the error has its own. */
  readonly hint: string | undefined
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
  /** Why it is not deployed, or why the last renewal failed, if it did. */
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
    const hint = `make one: certctl issue NAME --out ${shellWord(directory)}`
    return { ...nothing, directory, state: 'missing', reason: 'there is no certificate of certctl', hint }
  } catch (error) {
    if (!(error instanceof CertctlError)) throw error
    return { ...nothing, directory, state: 'unreadable', reason: error.message, hint: error.hint, error }
  }
}

const nothing = { error: undefined, certificate: undefined }

function judged(directory: string, glance: Glance, { renewBefore, now, host }: StatusQuestion): CertificateStatus {
  const { record } = glance
  const { entry, certificate, defect, damage, plan } = judgeCertificate(glance, { directory, renewBefore, now }, host)
  const { notBefore, notAfter, serial } = certificate
  const issuer = { kind: record.issuer.kind, name: record.issuer.profile ?? record.issuer.kind }
  const seen = {
    name: record.name,
    serial,
    issuer,
    notBefore,
    notAfter,
    nextRenewalAt: plan.nextRenewalAt,
    deploy: deployState(entry),
    lastError: entry?.pending?.error ?? entry?.attempts?.error,
  }
  const { state, reason } = defect ?? worse(timeVerdict(seen, plan, now), damageVerdict(glance, damage, host))
  const status = { directory, state, reason, error: defect?.error, certificate: seen }
  return { ...status, hint: isGood(status) ? undefined : nextStep(state, directory, plan) }
}

interface Verdict {
  readonly state: CertificateState
  readonly reason: string | undefined
}

function worse(one: Verdict, other: Verdict): Verdict {
  return certificateStates.indexOf(other.state) < certificateStates.indexOf(one.state) ? other : one
}

/** Something else than the live version is shown to whoever reads the files. */
function damageVerdict(
  glance: Glance,
  damage: readonly Damage[],
  { stateDirectory }: Pick<Host, 'stateDirectory'>,
): Verdict {
  if (damage.length === 0 || isBeingPublished(glance, stateDirectory)) return { state: 'ok', reason: undefined }
  const isChanged = damage.some(({ harm }) => harm === 'changed')
  return { state: isChanged ? 'mismatch' : 'missing', reason: damageText(damage) }
}

/** A run at work exchanges one file after the other; of a killed one the next renewal makes an end. */
function isBeingPublished({ directory, version }: Glance, stateDirectory: string): boolean {
  return new PublishJournal(stateDirectory, directory).isThere || liveVersion(directory) !== version
}

/** What `renew` can't do anything about, it says in its own words. */
function nextStep(state: CertificateState, directory: string, { waitsFor }: HostPlan): string {
  if (state === 'not-yet-valid') return "check this host's clock: date -u"
  return `certctl renew ${shellWord(directory)}${waitsFor === 'next-try' ? ' --force' : ''}`
}

/** Half of the time for renewing it has passed without a renewal: whoever renews does not run, or fails. */
function timeVerdict({ notBefore, notAfter }: Validity, { dueAt, endsAt }: HostPlan, now: Date): Verdict {
  const left = Duration.between(now, endsAt)
  const cause = endsAt < notAfter ? ', with its issuer' : ''
  if (!left.isPositive) return { state: 'expired', reason: `since ${formatDuration(left.times(-1))}${cause}` }
  if (now < notBefore) {
    const wait = Duration.between(now, notBefore)
    return { state: 'not-yet-valid', reason: `for another ${formatDuration(wait)}` }
  }
  const since = Duration.between(dueAt, now)
  if (since.milliseconds < 0) return { state: 'ok', reason: undefined }
  const isLate = Duration.between(dueAt, endsAt).times(0.5).isLessThan(since)
  return { state: isLate ? 'overdue' : 'due', reason: `since ${formatDuration(since)}` }
}

export function isGood({ state, certificate }: Pick<CertificateStatus, 'state' | 'certificate'>): boolean {
  return (state === 'ok' || state === 'due') && certificate?.deploy !== 'pending'
}

/** How many there are in each state, zeros included. */
export function countStates(statuses: readonly CertificateStatus[]): Readonly<Record<CertificateState, number>> {
  const counts = Object.fromEntries(certificateStates.map((state) => [state, 0])) as Record<CertificateState, number>
  for (const { state } of statuses) counts[state] += 1
  return counts
}
