import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import type { Logger } from '../../core/log.ts'
import { formatTime } from '../../core/time.ts'
import type { CommandLine } from '../../hooks/command-line.ts'
import { hookEnvironment } from '../../hooks/hook-environment.ts'
import { runCommand } from '../../hooks/run-command.ts'

const timeout = Duration.ofSeconds(60)

interface HookSetup {
  readonly command: CommandLine
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  readonly clock: Clock
  /** Kills what still runs. */
  readonly stop: AbortSignal
}

/** The operator's command for the moment of the warning: the loop does not wait for it, and how it ends is logged. */
export class WarningHook {
  readonly #setup: HookSetup
  readonly #running = new Set<Promise<void>>()

  constructor(setup: HookSetup) {
    this.#setup = setup
  }

  /** The observer for one issuer's loop. */
  observe(issuer: string, address: string): (event: RenewerEvent) => void {
    return (event) => {
      const end = endTold(event)
      if (!end) return
      const left = Duration.between(this.#setup.clock.now(), end.at)
      if (!left.isPositive) return
      const facts = {
        EVENT: 'ends-soon',
        // CERTCTL_ISSUER is a setting, which a certctl in the hook would take for its own.
        ISSUER_NAME: issuer,
        ADDRESS: address,
        ENDS_AT: formatTime(end.at),
        SECONDS_LEFT: String(Math.floor(left.seconds)),
        REASON: end.why,
      }
      const run = this.#run(issuer, facts).finally(() => this.#running.delete(run))
      this.#running.add(run)
    }
  }

  /** Waits for those that run. */
  async finished(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #run(issuer: string, facts: Readonly<Record<string, string>>): Promise<void> {
    const { command, environment, logger, clock, stop } = this.#setup
    const run = { environment: hookEnvironment(environment, facts), timeout, clock, signal: stop }
    const { failure, output } = await runCommand(command, run)
    const fields = { issuer, command: command[0], output }
    if (failure === undefined) logger.log('info', 'the command for the warning has run', fields)
    else logger.log('warn', 'the command for the warning failed', { ...fields, cause: `${command[0]} ${failure}` })
  }
}

/** The loop of a token that is not renewable ends there, and no warning would follow. */
function endTold(event: RenewerEvent): { readonly at: Date; readonly why: string } | undefined {
  if (event.kind === 'ends-soon') return { at: event.endsAt, why: event.why }
  return event.kind === 'not-renewable' ? { at: event.expiresAt, why: event.kind } : undefined
}
