import { parseDuration } from '../../core/duration.ts'
import { UsageError } from '../../core/errors.ts'
import type { RenewBefore } from '../renewal-due.ts'

/** Reads a duration, or a percentage of the validity as in `25%`. UsageError, naming `source`. */
export function parseRenewBefore(text: string, source: string): RenewBefore {
  const hint = 'write it like 30d or 25%'
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent === undefined) {
    const left = parseDuration(text)
    if (left) return { left }
    throw new UsageError(`${source} ${text} is not a duration`, { hint: 'write it like 90s, 12h or 30d' })
  }
  const percentLeft = Number(percent)
  if (percentLeft > 0 && percentLeft <= 100) return { percentLeft }
  throw new UsageError(`${source} ${text} is not above 0% and at most 100%`, { hint })
}
