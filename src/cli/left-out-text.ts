import type { LeftOut } from '../metrics/textfile-rules.ts'

/** Why a metrics file lacks series, and what to do about it. */
export function leftOutText(path: string, { path: other, series }: LeftOut): string {
  const what = series.length === 1 ? String(series[0]) : `${series.length} series such as ${String(series[0])}`
  return `${what} left out of ${path}: ${other} has it already, and node_exporter rejects a series that is in two files; ${leftOutHint}`
}

export const leftOutHint =
  'let commands share one file, keep several tokens alive with one keep-alive, and remove files that nothing writes any more'
