import { peakOfForeign, peakOfNode } from './run-once.mjs'

const peakRuns = 3

/** Per row: medians of time, of the ratio to the first row in the same round, and of peak memory. */
export async function summarise(rows, rounds) {
  const measure = rows[0].name
  const summary = []
  for (const { name, target, file, args, env, isForeign } of rows) {
    const peaks = []
    for (let run = 0; run < peakRuns; run += 1)
      peaks.push(await (isForeign ? peakOfForeign : peakOfNode)({ file, args: args(), env }))
    summary.push({
      name,
      target,
      milliseconds: median(rounds.map((times) => times[name])),
      ratio: median(rounds.map((times) => times[name] / times[measure])),
      peak: median(peaks),
    })
  }
  return summary
}

export function timingTable(summary) {
  const rows = summary.map(({ name, target, milliseconds, ratio, peak }) => [
    name,
    `${milliseconds.toFixed(1)} ms`,
    `${ratio.toFixed(2)} x`,
    target === undefined ? '' : `${target.toFixed(1)} x`,
    verdict(ratio, target),
    memory(peak),
  ])
  return table([['', 'median', 'ratio', 'target', '', 'peak memory'], ...rows])
}

export function residentTable({ idle, keeper, allowance, renewals }) {
  const limit = idle.rss === undefined ? undefined : idle.rss + allowance
  return table([
    ['after 30 s', 'RSS', 'at most', '', 'of it anonymous'],
    ['node, idle', memory(idle.rss), '', '', memory(idle.anonymous)],
    [
      `vault keep-alive, ${renewals} renewals`,
      memory(keeper.rss),
      memory(limit),
      verdict(keeper.rss, limit),
      memory(keeper.anonymous),
    ],
  ])
}

function verdict(figure, target) {
  if (target === undefined || figure === undefined) return ''
  return figure <= target ? 'met' : 'NOT MET'
}

function memory(mebibytes) {
  return mebibytes === undefined ? 'not known here' : `${mebibytes.toFixed(1)} MiB`
}

function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? sorted[middle]
    : sorted.length === 0
      ? undefined
      : (sorted[middle - 1] + sorted[middle]) / 2
}

export function table(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}
