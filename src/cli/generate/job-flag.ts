import { Flags } from '@oclif/core'
import { UsageError } from '../../core/errors.ts'

/** The name of a scrape job, which stands in queries and in templates of texts. */
export const jobFlag = Flags.custom({
  helpValue: 'NAME',
  parse: (text, _context, { name }) => {
    if (/^[\w./:-]+$/.test(text)) return Promise.resolve(text)
    throw new UsageError(`--${name} ${text} is no name of a scrape job`, {
      hint: 'write it as job_name of Prometheus has it',
    })
  },
})
