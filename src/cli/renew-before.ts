import type { RenewBefore } from '../operations/renewal-due.ts'
import { UsageError } from '../core/errors.ts'
import { durationFrom } from './duration-flag.ts'

/** Reads a duration, or a percentage of the validity as in `25%`. */
export function parseRenewBefore(text: string): RenewBefore {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent === undefined) return { left: durationFrom(text, '--renew-before') }
  const percentLeft = Number(percent)
  if (percentLeft > 0 && percentLeft < 100) return { percentLeft }
  throw new UsageError(`--renew-before ${text} is not between 0% and 100%`, { hint: 'write it like 30d or 25%' })
}
