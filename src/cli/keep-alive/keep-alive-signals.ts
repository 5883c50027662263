import { isatty } from 'node:tty'
import type { Lifecycle } from '../../connectors/lifecycle.ts'
import type { Registry } from '../../connectors/registry.ts'
import type { Logger } from '../../core/log.ts'
import { earlyEnd } from '../early-end.ts'
import type { Outlets } from './outlet.ts'
import type { ProgramBeside } from './program-beside.ts'
import { logRefusal } from './refused-credentials.ts'
import { listenForSignals, type SignalListener, type StopSignal } from '../signals.ts'

export interface KeepAliveReactions {
  readonly stop: AbortController
  readonly registry: Registry
  readonly logger: Logger
  readonly outlets: Pick<Outlets, 'reloading' | 'reloaded' | 'stopping'>
  /** Runs beside the loop, and is who is meant by what ends a process; the loop goes on up to its end. */
  readonly program?: ProgramBeside | undefined
  /** A token was read again and is good: work that had ended for want of one can go on. */
  readonly onReloaded: (connector: Lifecycle) => void
}

/**
 * SIGTERM and SIGINT stop, SIGHUP reads everything again and renews, SIGUSR2 renews. With a program the first two, SIGQUIT
 * and SIGUSR1 are its own.
 */
export function reactToSignals(reactions: KeepAliveReactions): SignalListener {
  const { stop, registry, outlets, program } = reactions
  return listenForSignals({
    onStop: (signal, count) => {
      if (program?.isRunning === true && isFromTerminal(signal)) return
      if (count === 1) outlets.stopping()
      if (program) return stopProgram(program, signal, count)
      stop.abort()
      if (count > 1) earlyEnd.request(0)
    },
    ...(program ? { onOther: (signal) => passOn(program, signal) } : {}),
    onReload: () => void reloadAll(reactions),
    onRenewNow: () => registry.lifecycles.forEach((connector) => connector.renewNow?.()),
  })
}

function stopProgram(program: ProgramBeside, signal: StopSignal, count: number): void {
  program.stopBy(signal, count)
  if (count > 1) void program.ended.then((status) => earlyEnd.request(status))
}

function passOn(program: ProgramBeside, signal: NodeJS.Signals): void {
  if (!isFromTerminal(signal)) program.passOn(signal)
}

/** What somebody types goes to the program as well, which may make something else of it than its end. */
function isFromTerminal(signal: NodeJS.Signals): boolean {
  return (signal === 'SIGINT' || signal === 'SIGQUIT') && isatty(0)
}

async function reloadAll({ registry, logger, outlets, onReloaded }: KeepAliveReactions): Promise<void> {
  outlets.reloading()
  logger.log('info', 'credentials and settings are read again')
  const reloads = registry.lifecycles.map(async (connector) => {
    try {
      await connector.reload?.()
      onReloaded(connector)
    } catch (error) {
      logRefusal(logger, connector.name, error)
      connector.renewNow?.()
    }
  })
  await Promise.all(reloads)
  outlets.reloaded()
}
