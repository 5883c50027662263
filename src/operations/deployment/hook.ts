import { Duration } from '../../core/duration.ts'
import type { Clock } from '../../core/clock.ts'
import type { Deployment } from '../../files/deployment-entry.ts'
import { parseCommandLine, type CommandLine } from '../../hooks/command-line.ts'
import { runCommand } from '../../hooks/run-command.ts'
import { parsePidFileSignal, signalProcess } from '../../hooks/signal-process.ts'

/** In the order in which they run. */
const kinds = ['command', 'shell', 'unit', 'signal'] as const
type HookKind = (typeof kinds)[number]

/** One thing to do when a certificate was published. */
export interface Hook {
  readonly kind: HookKind
  /** As it was told; hooks with the same one are one hook. */
  readonly text: string
}

export interface HookRun {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly timeout: Duration
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

export interface HookResult {
  readonly command: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly duration: Duration
  readonly output: string
  /** In words that follow the command; undefined when all is well. */
  readonly failure: string | undefined
}

const defaultTimeout = Duration.ofSeconds(120)

export function hooksOf(deployment: Deployment | undefined): readonly Hook[] {
  const { deploy = [], deployShell = [], reloadUnit = [], signalPidFile = [] } = deployment ?? {}
  return [
    ...deploy.map((text) => ({ kind: 'command' as const, text })),
    ...deployShell.map((text) => ({ kind: 'shell' as const, text })),
    ...reloadUnit.map((text) => ({ kind: 'unit' as const, text })),
    ...signalPidFile.map((text) => ({ kind: 'signal' as const, text })),
  ]
}

export function hookRank({ kind }: Hook): number {
  return kinds.indexOf(kind)
}

export function hookTimeout(deployment: Deployment | undefined): Duration {
  const { deployTimeoutSeconds } = deployment ?? {}
  return deployTimeoutSeconds === undefined ? defaultTimeout : Duration.ofSeconds(deployTimeoutSeconds)
}

/** Never rejects. */
export async function runHook(hook: Hook, run: HookRun): Promise<HookResult> {
  const started = run.clock.monotonic()
  const end = hook.kind === 'signal' ? signalled(hook.text) : await commanded(hook, run)
  return { command: shownCommand(hook), ...end, duration: run.clock.monotonic().minus(started) }
}

type HookEnd = Omit<HookResult, 'command' | 'duration'>

function signalled(text: string): HookEnd {
  const target = parsePidFileSignal(text)
  const failure = target ? signalProcess(target) : 'names no signal'
  return { failure, exitCode: null, signal: null, output: '' }
}

async function commanded(hook: Hook, run: HookRun): Promise<HookEnd> {
  const command = commandOf(hook)
  if (command) return runCommand(command, run)
  return { failure: 'is not a command', exitCode: null, signal: null, output: '' }
}

/** What is started; a unit that does not run is left so, and reads the new files when it starts. */
export function commandOf({ kind, text }: Hook): CommandLine | undefined {
  if (kind === 'shell') return ['/bin/sh', '-c', text]
  if (kind === 'unit') return ['systemctl', 'try-reload-or-restart', '--', text]
  return parseCommandLine(text)
}

function shownCommand(hook: Hook): string {
  return hook.kind === 'unit' ? (commandOf(hook) ?? []).join(' ') : hook.text
}
