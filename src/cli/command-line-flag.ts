import { Flags } from '@oclif/core'
import { UsageError } from '../core/errors.ts'
import type { CommandLine } from '../hooks/command-line.ts'

/** A flag that holds a command with its arguments, quoted as in a shell; it is run without one. */
export const commandLineFlag = Flags.custom<CommandLine>({
  helpValue: 'COMMAND',
  parse: async (text, _context, { name }) => {
    const { parseCommandLine } = await import('../hooks/command-line.ts')
    const command = parseCommandLine(text)
    if (command) return command
    throw new UsageError(`--${name} ${text} is not a command`, { hint: 'close every quote, and name a program first' })
  },
})
