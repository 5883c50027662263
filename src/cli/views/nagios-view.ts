import { printable } from '../../core/printable.ts'
import {
  certificateStates,
  countStates,
  type CertificateState,
  type CertificateStatus,
} from '../../operations/certificate-status.ts'
import { countsText, worstFirst } from './status-view.ts'

export type NagiosCode = 0 | 1 | 2 | 3

const words = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const

/** What each state means to a monitor; what can't be read is not known to be bad. */
const codes: Readonly<Record<CertificateState, NagiosCode>> = {
  expired: 2,
  revoked: 2,
  mismatch: 2,
  missing: 2,
  'not-yet-valid': 2,
  overdue: 1,
  unreadable: 3,
  due: 0,
  ok: 0,
}

/** From the worst: critical outweighs unknown, and that a warning, as in the plug-ins that everybody knows. */
const weight: readonly NagiosCode[] = [2, 3, 1, 0]

/** A host without certificates has nothing that could be good. */
export function nagiosCode(statuses: readonly CertificateStatus[]): NagiosCode {
  const found = new Set(statuses.map(codeOf))
  return weight.find((code) => found.has(code)) ?? 3
}

/** What is published but not in use is found by whoever connects: sooner or later it expires there. */
function codeOf({ state, certificate }: CertificateStatus): NagiosCode {
  return codes[state] === 0 && certificate?.deploy === 'pending' ? 1 : codes[state]
}

/** One line with performance data, and a line for each certificate that needs somebody (Monitoring Plugins guidelines, 2.5 and 2.6). */
export function nagiosText(statuses: readonly CertificateStatus[], now: Date): string {
  const summary = statuses.length === 0 ? 'no certificate is known on this host' : countsText(statuses)
  const details = worstFirst(statuses)
    .filter((status) => codeOf(status) !== 0)
    .map(detailOf)
  const first = `CERTIFICATES ${words[nagiosCode(statuses)]} - ${plain([summary, ...details.slice(0, 1)].join('; '))}`
  return `${[`${first} | ${performanceData(statuses, now)}`, ...details.slice(1).map(plain)].join('\n')}\n`
}

function detailOf({ directory, state, reason, hint, certificate }: CertificateStatus): string {
  const pending = certificate?.deploy === 'pending' ? 'deployment pending' : undefined
  const next = hint === undefined ? undefined : `next: ${hint}`
  const told = [state, reason, pending, next].filter((part) => part !== undefined)
  return `${certificate?.name ?? directory}: ${told.join(', ')}`
}

/** When the state can't be told at all. */
export function nagiosUnknown(message: string): string {
  return `CERTIFICATES ${words[3]} - ${plain(message)}\n`
}

function performanceData(statuses: readonly CertificateStatus[], now: Date): string {
  const counts = countStates(statuses)
  const ends = statuses.flatMap(({ certificate }) => certificate?.notAfter.getTime() ?? [])
  const first = ends.reduce((one, other) => Math.min(one, other), Infinity)
  const nearest = ends.length === 0 ? [] : [`seconds_left=${Math.round((first - now.getTime()) / 1000)}s`]
  return [
    `certificates=${statuses.length};;;0`,
    ...certificateStates.map((state) => `${state}=${counts[state]};;;0`),
    ...nearest,
  ].join(' ')
}

/** A bar would begin the performance data. */
function plain(text: string): string {
  return printable(text).replaceAll('|', '/')
}
