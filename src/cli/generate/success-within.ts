import { Flags } from '@oclif/core'
import { Duration } from '../../core/duration.ts'
import { UsageError } from '../../core/errors.ts'
import { durationFrom } from '../duration-flag.ts'

/** What the other generated files start runs each hour; three may fail in a row. */
export const successWithin = Duration.ofHours(4)

/** Prometheus looks at metrics and rules once a minute, unless told otherwise. */
const least = Duration.ofSeconds(60)

export const successWithinFlag = Flags.custom<Duration>({
  helpValue: 'DURATION',
  description: 'alert of renew and keep-alive --once when they have not succeeded for so long; 4h by default',
  parse: (text, _context, { name }) => {
    const duration = durationFrom(text, `--${name}`)
    if (!duration.isLessThan(least)) return Promise.resolve(duration)
    throw new UsageError(`--${name} ${text} is less than a minute`, {
      hint: 'give more than the time between two runs',
    })
  },
})()
