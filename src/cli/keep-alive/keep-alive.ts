import { processEnvironment } from '../../config/environment.ts'
import type { Settings } from '../../config/settings.ts'
import type { Lifecycle } from '../../connectors/lifecycle.ts'
import { Registry } from '../../connectors/registry.ts'
import { systemClock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { CommandLine } from '../../hooks/command-line.ts'
import { PrometheusMetrics } from '../../metrics/prometheus.ts'
import { keepTokensAlive } from '../../operations/keep-tokens-alive.ts'
import type { Surroundings } from '../compose.ts'
import type { Told } from '../host-settings.ts'
import { checkLoginFlags } from '../login/login-opening.ts'
import { openLog } from '../open-log.ts'
import { chosenOutlets, type OutletFlags } from './chosen-outlets.ts'
import type { KeepAliveResult } from './keep-alive-report.ts'
import { reactToSignals } from './keep-alive-signals.ts'
import { endOfUse, linger, Revival } from './lingering.ts'
import type { OpenedProgram } from './open-program.ts'
import { Outlets } from './outlet.ts'
import type { ProgramFlags } from './program-flags.ts'
import { logStartFailure, TokenLoops, type LoopFlags } from './token-loops.ts'
import { TokenWatch } from './token-watch.ts'
import { WarningHook } from './warning-hook.ts'

export interface KeepAliveFlags extends LoopFlags, OutletFlags, ProgramFlags {
  readonly 'on-warning'?: CommandLine | undefined
  readonly linger: boolean
}

/** Keeps the tokens of all settings alive until the last has ended, a signal stops it or the program beside it ends. */
export async function runKeepAlive(
  all: readonly Settings[],
  told: Told,
  flags: KeepAliveFlags,
  version: string,
  surroundings: (settings: Settings) => Promise<Surroundings>,
  command?: readonly string[],
): Promise<KeepAliveResult> {
  checkLoginFlags(flags, all.length)
  const logger = await openLog(all[0]!)
  const metrics = new PrometheusMetrics({ families: 'token', build: { version, nodeVersion: process.version } })
  const watch = new TokenWatch(systemClock)
  const profiles = all.map(({ profile }) => profile?.name)
  const outlets = new Outlets(await chosenOutlets(flags, { metrics, watch, logger, version, profiles }))
  const controller = new AbortController()
  const stop = controller.signal
  const warning = warningHook(flags['on-warning'], logger, stop)
  const beside = command && (await loadProgram(command, all[0]!, flags, logger))
  const program = beside?.program
  void program?.ended.then(() => controller.abort())
  const registry = new Registry()
  const revival = new Revival()
  const revive = (connector: Lifecycle): void => {
    if (stop.aborted) return
    void connector.start()
    revival.announce()
  }
  const signals = reactToSignals({ stop: controller, registry, logger, outlets, program, onReloaded: revive })
  const shared = { told, flags, registry, logger, metrics, watch, outlets, warning, beside, stop }
  const loops = new TokenLoops({ ...shared, onTaken: revive })
  try {
    await outlets.open()
    const openFailures = await loops.open(all, surroundings)
    for (;;) {
      const report = await keepTokensAlive(registry, stop, ({ connector, error }) =>
        logStartFailure(logger, connector.name, error),
      )
      const until = program ? endOfUse(report, watch) : flags.linger ? watch.lastEnd : null
      const purpose = program ? 'the program goes on' : 'metrics stay'
      if (await linger({ until, purpose, stop, revival, clock: systemClock, logger })) continue
      const isStopped = stop.aborted
      await program?.stop()
      return { ...report, isStopped, openFailures, ...(isStopped ? { program: await program?.ended } : {}) }
    }
  } finally {
    loops.close()
    await program?.stop()
    await warning?.finished()
    signals.dispose()
    await outlets.close(stop.aborted)
  }
}

function warningHook(command: CommandLine | undefined, logger: Logger, stop: AbortSignal): WarningHook | undefined {
  return command && new WarningHook({ command, environment: processEnvironment(), logger, clock: systemClock, stop })
}

/** Loaded where there is a program: nobody else starts one. */
async function loadProgram(
  command: readonly string[],
  settings: Settings,
  flags: KeepAliveFlags,
  logger: Logger,
): Promise<OpenedProgram> {
  const { openProgram } = await import('./open-program.ts')
  return openProgram(command, settings, flags, logger)
}
