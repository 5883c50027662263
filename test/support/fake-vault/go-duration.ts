const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}

/** Seconds of a duration as Vault reads it: a number, digits, `30d`, or Go's `1h30m`. Throws with Go's words. */
export function parseGoDuration(input: unknown): number {
  if (typeof input !== 'string' && typeof input !== 'number') throw new Error('could not parse duration from input')
  const text = String(input)
  if (text === '') return 0
  if (/^-?\d+$/.test(text)) return Number(text)
  if (/^-?\d+d$/.test(text)) return Number(text.slice(0, -1)) * 86_400
  return parseUnits(text)
}

function parseUnits(text: string): number {
  const quoted = JSON.stringify(text)
  const sign = text.startsWith('-') ? -1 : 1
  let rest = text.replace(/^[-+]/, '')
  let seconds = 0
  do {
    const [, number, unit] = /^(\d+\.?\d*|\.\d+)?([^\d.]*)/.exec(rest)!
    if (number === undefined) throw new Error(`time: invalid duration ${quoted}`)
    if (unit === '') throw new Error(`time: missing unit in duration ${quoted}`)
    const factor = unitSeconds[unit!]
    if (factor === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`)
    seconds += Number(number) * factor
    rest = rest.slice(number.length + unit!.length)
  } while (rest !== '')
  return Math.trunc(sign * seconds)
}

/** As Go prints whole seconds: `2h0m0s`. */
export function formatGoDuration(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60]
  if (h > 0) return `${h}h${m}m${s}s`
  return m > 0 ? `${m}m${s}s` : `${s}s`
}

/** The same without empty smaller units, as Vault's warnings about tokens have it: `1h30m`, `768h`. */
export function formatHumanDuration(seconds: number): string {
  return formatGoDuration(seconds)
    .replace(/(?<=m)0s$/, '')
    .replace(/(?<=h)0m(?=$|\d)/, '')
}
