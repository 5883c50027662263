import { Flags } from '@oclif/core'
import { parseDuration, type Duration } from '../core/duration.ts'
import { UsageError } from '../core/errors.ts'

/** A flag that holds a length of time; anything else is a usage error that quotes it. */
export const durationFlag = Flags.custom<Duration>({
  helpValue: 'DURATION',
  parse: (text, _context, { name }) => Promise.resolve(durationFrom(text, `--${name}`)),
})

export function durationFrom(text: string, source: string): Duration {
  const duration = parseDuration(text)
  if (!duration) throw new UsageError(`${source} ${text} is not a duration`, { hint: 'write it like 90s, 12h or 30d' })
  return duration
}
