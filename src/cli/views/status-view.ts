import chalk from 'chalk'
import { Duration, formatDuration } from '../../core/duration.ts'
import { formatTime } from '../../core/time.ts'
import {
  certificateStates,
  countStates,
  type CertificateState,
  type CertificateStatus,
  type SeenCertificate,
} from '../../operations/certificate-status.ts'
import { errorFacts } from '../present-error.ts'
import { table, type Cell } from './table.ts'

export function statusDocument(
  statuses: readonly CertificateStatus[],
  warnings: readonly string[],
): Record<string, unknown> {
  return { schema: 1, certificates: statuses.map(entryOf), summary: summaryOf(statuses), warnings }
}

function summaryOf(statuses: readonly CertificateStatus[]): Record<string, number> {
  const { 'not-yet-valid': notYetValid, ...counts } = countStates(statuses)
  return { ...counts, notYetValid, deployPending: statuses.filter(isPending).length }
}

function entryOf({ directory, state, reason, hint, error, certificate }: CertificateStatus): Record<string, unknown> {
  return {
    dir: directory,
    name: certificate?.name ?? null,
    issuer: certificate?.issuer ?? null,
    state,
    reason: reason ?? null,
    hint: hint ?? null,
    deploy: certificate?.deploy ?? 'none',
    serial: certificate?.serial ?? null,
    notBefore: certificate ? formatTime(certificate.notBefore) : null,
    notAfter: certificate ? formatTime(certificate.notAfter) : null,
    nextRenewalAt: certificate ? formatTime(certificate.nextRenewalAt) : null,
    ...(certificate?.lastError === undefined ? {} : { lastError: certificate.lastError }),
    ...(error === undefined ? {} : { error: errorFacts(error) }),
  }
}

/** The worst first, and of those the ones that end first. */
export function worstFirst(statuses: readonly CertificateStatus[]): readonly CertificateStatus[] {
  const rank = ({ state }: CertificateStatus): number => certificateStates.indexOf(state)
  const end = ({ certificate }: CertificateStatus): number => certificate?.notAfter.getTime() ?? 0
  return statuses.toSorted((one, other) => rank(one) - rank(other) || end(one) - end(other))
}

export function statusText(statuses: readonly CertificateStatus[], now: Date): string {
  if (statuses.length === 0) return 'no certificate is known on this host; make one: certctl issue NAME\n'
  const rows = worstFirst(statuses).map((status) => rowOf(status, now))
  return `${table(['NAME', 'STATE', 'LEFT', 'NEXT RENEWAL', 'ISSUER', 'DEPLOYED', 'DIRECTORY'], rows)}\n${countsText(statuses)}\n`
}

function isPending({ certificate }: CertificateStatus): boolean {
  return certificate?.deploy === 'pending'
}

function rowOf(status: CertificateStatus, now: Date): readonly Cell[] {
  const { directory, state, certificate } = status
  const word = { text: state, paint: stateColours[state] }
  const place = [directory, ...remarks(status)].join(': ')
  if (!certificate) return ['?', word, '', '', '', '', place]
  const { name, issuer, nextRenewalAt, notAfter, deploy } = certificate
  const renewal = nextRenewalAt > now ? `in ${roughly(now, nextRenewalAt)}` : 'now'
  return [name, word, leftText(notAfter, now), renewal, issuer.name, deployCells[deploy], place]
}

/** What the other columns don't say, and the next step. */
function remarks({ directory, state, reason, hint, certificate }: CertificateStatus): readonly string[] {
  const isTold = timeStates.has(state) || reason === undefined
  const last = certificate?.lastError?.message.replace(`${directory} `, '')
  return [
    ...(isTold ? [] : [reason]),
    ...(last === undefined ? [] : [`last try: ${last}`]),
    ...(hint === undefined ? [] : [`next: ${hint}`]),
  ]
}

const timeStates: ReadonlySet<CertificateState> = new Set(['expired', 'not-yet-valid', 'overdue', 'due', 'ok'])

const deployCells: Readonly<Record<SeenCertificate['deploy'], Cell>> = {
  none: '-',
  done: 'yes',
  pending: { text: 'pending', paint: chalk.red },
}

export function leftText(notAfter: Date, now: Date): string {
  return notAfter > now ? roughly(now, notAfter) : `ended ${roughly(notAfter, now)} ago`
}

function roughly(from: Date, to: Date): string {
  return formatDuration(Duration.between(from, to))
}

/** `12 certificates: 1 due, 11 ok (2 with deployment pending)`: what is good but not in use is a "no" all the same. */
export function countsText(statuses: readonly CertificateStatus[]): string {
  const counts = countStates(statuses)
  const parts = certificateStates.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`)
  const total = `${statuses.length} ${statuses.length === 1 ? 'certificate' : 'certificates'}`
  const pending = statuses.filter(isPending).length
  const rest = pending === 0 ? '' : ` (${pending} with deployment pending)`
  return parts.length === 0 ? total : `${total}: ${parts.join(', ')}${rest}`
}

export const stateColours: Readonly<Record<CertificateState, (text: string) => string>> = {
  expired: chalk.red,
  revoked: chalk.red,
  mismatch: chalk.red,
  missing: chalk.red,
  unreadable: chalk.red,
  'not-yet-valid': chalk.red,
  overdue: chalk.red,
  due: chalk.yellow,
  ok: chalk.green,
}

/** A certificate that can be shown on a line of time. */
export type ShownStatus = CertificateStatus & { readonly certificate: SeenCertificate }
