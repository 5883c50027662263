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

/** What many certificates take: a run that has nothing to do, and one that issues them all. */
export function manyTable(idle, { count, issues, bare, loop }) {
  const perSecond = (rate) => `${rate.toFixed(0)}/s`
  const rows = [
    ['many at a time', 'measured', 'target', ''],
    [
      `renew --all, ${idle.count} not due`,
      `${idle.milliseconds.toFixed(0)} ms`,
      '1000 ms',
      verdict(idle.milliseconds, 1000),
    ],
    ['  node -e 0 meanwhile', `${idle.start.toFixed(0)} ms`, '', ''],
    ['  peak memory', memory(idle.peak), memory(150), verdict(idle.peak, 150)],
    [`apply, ${count} issued`, perSecond(issues), `${perSecond(bare / 2)}`, verdict(bare / 2, issues)],
    ['  bare pki/sign requests', perSecond(bare), '', ''],
  ]
  const loops = [
    [
      '  a shell loop of vault write',
      loop && perSecond(loop),
      loop && `a 20th: ${perSecond(issues / 20)}`,
      verdict(loop, issues / 20),
    ],
  ]
  return table(loop === undefined ? rows : [...rows, ...loops])
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
