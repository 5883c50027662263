import type { ChildProcess } from 'node:child_process'
import type { Clock } from '../core/clock.ts'
import { Duration, formatDuration } from '../core/duration.ts'
import { errorMessage, systemErrorCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { CommandLine } from './command-line.ts'
import { programFault } from './find-program.ts'
import { tryToSpawn } from './try-to-spawn.ts'
import { withoutSecrets } from './without-secrets.ts'

export interface CommandRun {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** After that it is told to end, and then killed, with all that it started. */
  readonly timeout: Duration
  readonly clock: Clock
  /** Kills it at once. */
  readonly signal?: AbortSignal | undefined
}

export interface CommandEnd {
  /** What went wrong, as in `ends with status 3`; undefined when nothing did. */
  readonly failure: string | undefined
  /** Null when it was killed or could not be started. */
  readonly exitCode: number | null
  /** What killed it. */
  readonly signal: NodeJS.Signals | null
  /** The end of what it said on both streams, on one printable line, without secrets. */
  readonly output: string
}

/** From SIGTERM to SIGKILL. */
const grace = Duration.ofSeconds(5)

/** What it left running may hold its streams open. */
const patienceForOutput = Duration.ofSeconds(1)
const longestOutput = 2000

/** What is looked at for secrets: one that is cut off at the front of it must not be seen in the rest. */
const longestTail = 8 * longestOutput

/** Runs it without a shell, in a process group of its own and with no input. Never rejects. */
export async function runCommand([program, ...args]: CommandLine, run: CommandRun): Promise<CommandEnd> {
  if (run.signal?.aborted) return { ...notRun('is not started'), output: '' }
  const child = tryToSpawn(program, args, {
    detached: true,
    env: { ...run.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const path = run.environment['PATH']
  if (child instanceof Error) return { ...notStarted(child, program, path), output: '' }
  const output = new Tail(child)
  const ended = new AbortController()
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const end = endOf(child, (error) => notStarted(error, program, path)).finally(() => ended.abort())
  const kill = (): void => killGroup(child, 'SIGKILL')
  process.once('exit', kill)
  run.signal?.addEventListener('abort', kill, { once: true })
  const overdue = killWhenOverdue(child, run, ended.signal)
  const ownEnd = await end
  await Promise.race([closed, run.clock.sleep(patienceForOutput, run.signal)])
  process.off('exit', kill)
  run.signal?.removeEventListener('abort', kill)
  return { ...ownEnd, failure: (await overdue) ?? ownEnd.failure, output: output.text }
}

type OwnEnd = Omit<CommandEnd, 'output'>

function endOf(child: ChildProcess, notStarted: (error: Error) => OwnEnd): Promise<OwnEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)))
    child.once('exit', (exitCode, signal) => resolve({ failure: failureOf(exitCode, signal), exitCode, signal }))
  })
}

function failureOf(exitCode: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal) return `is killed by ${signal}`
  return exitCode === 0 ? undefined : `ends with status ${exitCode}`
}

function notStarted(error: Error, program: string, path: string | undefined): OwnEnd {
  return notRun(`cannot be started: ${startFailure(error, program, path)}`)
}

function notRun(failure: string): OwnEnd {
  return { failure, exitCode: null, signal: null }
}

/** The system says the same of a program that is not there and of one whose interpreter is not. */
function startFailure(error: Error, program: string, path: string | undefined): string {
  const code = systemErrorCode(error)
  const fault = code === 'ENOENT' ? programFault(program, path) : undefined
  if (fault !== undefined) return `it ${fault}`
  return code === 'EACCES' ? 'permission denied' : errorMessage(error)
}

/** Resolves once it has ended: with what happened to it, if it had to be told. */
async function killWhenOverdue(
  child: ChildProcess,
  { timeout, clock }: CommandRun,
  ended: AbortSignal,
): Promise<string | undefined> {
  await clock.sleep(timeout, ended)
  if (ended.aborted) return undefined
  killGroup(child, 'SIGTERM')
  await clock.sleep(grace, ended)
  // Also after its own end: what it started may be deaf to SIGTERM.
  killGroup(child, 'SIGKILL')
  return `does not end within ${formatDuration(timeout)} and is killed`
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

/** Keeps the end of what a process says. */
class Tail {
  #kept = Buffer.alloc(0)

  constructor({ stdout, stderr }: ChildProcess) {
    const take = (chunk: Buffer): void => {
      this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-longestTail)
    }
    stdout?.on('data', take)
    stderr?.on('data', take)
  }

  get text(): string {
    return printable(withoutSecrets(this.#kept.toString()).trim().slice(-longestOutput))
  }
}
