import Table from 'cli-table3'
import chalk from 'chalk'
import { printable } from '../../core/printable.ts'

/** A text, or one with the colour that it is shown in. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string }

const borderless = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((place) => [place, '']),
)

/** The library's time grows with the square of the rows; in pieces of one width it does not. */
const piece = 250

/** Rows below dimmed titles, without lines between them. */
export function table(head: readonly string[] | undefined, rows: readonly (readonly Cell[])[]): string {
  const titles = head ? [head.map((text) => ({ text, paint: chalk.dim }))] : []
  const all = [...titles, ...rows]
  const widths = all.length > piece ? columnWidths(all) : []
  const pieces = Array.from({ length: Math.ceil(all.length / piece) }, (_, index) =>
    all.slice(index * piece, (index + 1) * piece),
  )
  return pieces.map((some) => `${drawn(some, widths).replace(/ +$/gm, '')}\n`).join('')
}

function drawn(rows: readonly (readonly Cell[])[], colWidths: number[]): string {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 }
  const made = new Table({ chars: borderless, style, colWidths })
  made.push(...rows.map((row) => row.map(shown)))
  return made.toString()
}

/** Of all columns but the last, which may be as wide as it likes. */
function columnWidths(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries())
      widths[column] = Math.max(widths[column] ?? 0, widthOf(textOf(cell)) + 2)
  }
  return widths
}

/** What a terminal needs for it at most: signs of East Asia take two places. */
function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : 2 * text.length
}

function textOf(cell: Cell): string {
  return printable(typeof cell === 'string' ? cell : cell.text)
}

function shown(cell: Cell): string {
  return typeof cell === 'string' ? textOf(cell) : cell.paint(textOf(cell))
}
