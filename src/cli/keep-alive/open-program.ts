import { resolve } from 'node:path'
import { processEnvironment } from '../../config/environment.ts'
import type { Settings } from '../../config/settings.ts'
import { systemClock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { Secret } from '../../core/secret.ts'
import { shownAddress } from '../compose.ts'
import type { LoginFlags } from '../login/login-flags.ts'
import { launchProgram } from './launch-program.ts'
import { ProgramBeside } from './program-beside.ts'
import { programEnvironment } from './program-environment.ts'
import type { ProgramFlags } from './program-flags.ts'
import { ProgramSupply } from './program-supply.ts'

export interface OpenedProgram {
  readonly program: ProgramBeside
  /** It has each token in a variable of its own, which nobody can change: the token has to outlive it. */
  readonly holdsToken: boolean
  /** Gives it what `token` gives, once that is proven. */
  supply(token: () => Secret | undefined): ProgramSupply
}

/** The program that is to run beside the loop of these settings; it is not started yet. */
export function openProgram(
  command: readonly string[],
  { address, namespace }: Settings,
  flags: LoginFlags & ProgramFlags,
  logger: Logger,
): OpenedProgram {
  const sink = flags.sink?.[0] === undefined ? undefined : resolve(flags.sink[0])
  const onNewToken = flags['on-new-token'] ?? (sink === undefined ? 'restart' : 'none')
  const vault = { address: address && shownAddress(address.value), namespace: namespace?.value }
  const program = new ProgramBeside({
    name: command[0] ?? '',
    launch: (value) => {
      const token = sink === undefined ? { value } : { file: sink }
      return launchProgram(command, programEnvironment(processEnvironment(), { ...vault, token }))
    },
    onNewToken,
    killAfter: flags['kill-after'],
    clock: systemClock,
    logger,
  })
  return {
    program,
    holdsToken: sink === undefined && onNewToken !== 'restart',
    supply: (token) => new ProgramSupply(token, sink, (given) => program.useToken(given)),
  }
}
