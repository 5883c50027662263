import { constants } from 'node:os'
import { Flags } from '@oclif/core'
import type { Duration } from '../../core/duration.ts'
import { UsageError } from '../../core/errors.ts'
import { durationFlag } from '../duration-flag.ts'
import type { OnNewToken } from './program-beside.ts'

const group = { helpGroup: 'PROGRAM' }

export const programFlags = {
  'on-new-token': Flags.custom<OnNewToken>({
    ...group,
    description:
      'what a program beside it gets of a new token: restart (by default, where it has the token in a variable), a signal, or none (by default with --sink)',
    helpValue: 'restart|SIGNAL|none',
    parse: (text) => Promise.resolve(parseOnNewToken(text)),
  })(),
  'kill-after': durationFlag({
    ...group,
    description: 'kill a program that runs for so long after SIGTERM; by default it is waited for',
  }),
}

export interface ProgramFlags {
  readonly 'on-new-token'?: OnNewToken | undefined
  readonly 'kill-after'?: Duration | undefined
}

/** What goes with a program, and what with none. */
interface Beside extends ProgramFlags {
  readonly once: boolean
  readonly status: boolean
  readonly linger: boolean
  readonly json: boolean
  readonly 'wrap-ttl'?: Duration | undefined
  readonly profile?: readonly string[] | undefined
  readonly readsStdin: boolean
}

/** The words before `--`, and those after it: undefined without one. */
export function splitAtProgram(argv: readonly string[]): {
  readonly own: readonly string[]
  readonly command: readonly string[] | undefined
} {
  const at = argv.indexOf('--')
  return at === -1 ? { own: argv, command: undefined } : { own: argv.slice(0, at), command: argv.slice(at + 1) }
}

/** UsageError for flags that make no sense with the command, or without one. */
export function checkProgram(command: readonly string[] | undefined, flags: Beside): void {
  if (!command) return refuseWithoutProgram(flags)
  const [program = ''] = command
  if (program === '')
    throw new UsageError('no program is named behind --', { hint: 'write it behind --, as in: -- COMMAND ARG' })
  const conflict = conflicts.find(({ isGiven }) => isGiven(flags))
  if (conflict) throw new UsageError(conflict.problem, { hint: conflict.hint })
}

function refuseWithoutProgram(flags: ProgramFlags): void {
  const given = (['on-new-token', 'kill-after'] as const).find((name) => flags[name] !== undefined)
  if (given === undefined) return
  throw new UsageError(`--${given} is about a program, and none is named`, {
    hint: 'name it at the end, as in: -- COMMAND ARG',
  })
}

const conflicts: readonly {
  readonly isGiven: (flags: Beside) => boolean
  readonly problem: string
  readonly hint: string
}[] = [
  {
    isGiven: ({ once }) => once,
    problem: '--once does not go with a program: it ends after one renewal',
    hint: 'leave out --once',
  },
  {
    isGiven: ({ status }) => status,
    problem: '--status does not go with a program: it asks the keep-alive that runs',
    hint: 'leave out the command',
  },
  {
    isGiven: ({ linger }) => linger,
    problem: '--linger does not go with a program, which goes on until the token expires anyway',
    hint: 'leave out --linger',
  },
  {
    isGiven: ({ json }) => json,
    problem: '--json does not go with a program, whose standard output it is',
    hint: 'leave out --json; the log has a form of its own: --log-format json',
  },
  {
    isGiven: (flags) => flags['wrap-ttl'] !== undefined,
    problem: '--wrap-ttl does not go with a program, which would find no token in the sink',
    hint: 'leave out --wrap-ttl',
  },
  {
    isGiven: ({ profile = [] }) => profile.length > 1,
    problem: 'a program gets one token, and there are several profiles',
    hint: 'run one keep-alive for each',
  },
  {
    isGiven: ({ readsStdin }) => readsStdin,
    problem: "--token-file - does not go with a program: standard input is the program's",
    hint: 'give --token-file PATH',
  },
]

function parseOnNewToken(text: string): OnNewToken {
  if (text === 'restart' || text === 'none') return text
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`
  if (isSignal(name) && name !== 'SIGKILL' && name !== 'SIGSTOP') return name
  throw new UsageError(`--on-new-token ${text} is not restart, none or a signal that a program can handle`, {
    hint: 'write it like restart, none or HUP',
  })
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals
}
