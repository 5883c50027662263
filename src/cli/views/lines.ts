import chalk from 'chalk'
import { printable } from '../../core/printable.ts'

/** Labels and values in two columns; an undefined value leaves its line out. */
export function labelled(entries: readonly (readonly [string, string | undefined])[]): string {
  const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)
  const width = Math.max(...shown.map(([label]) => label.length))
  return shown.map(([label, value]) => `  ${chalk.dim(label.padEnd(width))}  ${printable(value)}\n`).join('')
}
