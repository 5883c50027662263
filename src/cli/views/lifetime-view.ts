import chalk from 'chalk'
import { printable } from '../../core/printable.ts'
import type { CertificateStatus } from '../../operations/certificate-status.ts'
import { leftText, stateColours, worstFirst, type ShownStatus } from './status-view.ts'

export interface Screen {
  readonly columns: number
  readonly rows: number
}

const shortestBar = 12
const longestName = 32
const widestLeft = 16

/**
 * How far each certificate is in its life, a bar each from its beginning to its end: what is used, what is left, and
 * where its renewal is due. Nothing on a screen that is too narrow for that.
 */
export function lifetimeText(statuses: readonly CertificateStatus[], now: Date, { columns, rows }: Screen): string {
  const all = worstFirst(statuses).filter((status): status is ShownStatus => status.certificate !== undefined)
  const nameWidth = Math.min(longestName, Math.max(0, ...all.map(({ certificate }) => certificate.name.length)))
  const barWidth = columns - nameWidth - widestLeft - 4
  if (all.length === 0 || barWidth < shortestBar) return ''
  const shown = all.slice(0, Math.max(5, rows))
  const lines = shown.map((status) => `${lineOf(status, now, nameWidth, barWidth)}\n`)
  const others = all.length - shown.length
  const rest = others === 0 ? '' : chalk.dim(`and ${others} more, none of them worse\n`)
  return `\n${lines.join('')}${rest}${chalk.dim(`${used} used  ${left} left  ${mark} renewal is due`)}\n`
}

const [used, left, mark] = ['━', '─', '┃']

function lineOf(status: ShownStatus, now: Date, nameWidth: number, barWidth: number): string {
  const { name, notBefore, notAfter, nextRenewalAt } = status.certificate
  const at = (time: Date): number => placeOf(time, notBefore, notAfter, barWidth)
  const reached = at(now)
  const signs = Array.from({ length: barWidth }, (_, index) => (index < reached ? used : left))
  signs[Math.min(at(nextRenewalAt), barWidth - 1)] = mark
  const bar = stateColours[status.state](signs.slice(0, reached).join('')) + chalk.dim(signs.slice(reached).join(''))
  return `${clipped(printable(name), nameWidth)}  ${bar}  ${leftText(notAfter, now)}`
}

function placeOf(time: Date, from: Date, to: Date, width: number): number {
  const part = (time.getTime() - from.getTime()) / Math.max(1, to.getTime() - from.getTime())
  return Math.min(width, Math.max(0, Math.round(part * width)))
}

/** The whole name is in the table above. */
function clipped(name: string, width: number): string {
  return name.length > width ? `${name.slice(0, width - 1)}…` : name.padEnd(width)
}
