import { constants } from 'node:os'
import type { Environment } from '../../config/environment.ts'
import { errorMessage, systemErrorCode } from '../../core/errors.ts'
import { tryToSpawn } from '../../hooks/try-to-spawn.ts'

export type ProgramEnd =
  | { readonly code: number; readonly signal?: undefined }
  | { readonly signal: NodeJS.Signals }
  /** It was never there. */
  | { readonly problem: string; readonly isMissing: boolean }

export interface LaunchedProgram {
  readonly pid: number | undefined
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<ProgramEnd>
}

/** As shells have it. */
export function exitStatus(end: ProgramEnd): number {
  if ('problem' in end) return end.isMissing ? 127 : 126
  return end.signal === undefined ? end.code : 128 + constants.signals[end.signal]
}

/** Runs it without a shell, with this process's own standard streams; it does not outlive this process. */
export function launchProgram([file = '', ...args]: readonly string[], environment: Environment): LaunchedProgram {
  const child = tryToSpawn(file, args, { stdio: 'inherit', env: environment })
  if (child instanceof Error) {
    return { pid: undefined, kill: () => undefined, ended: Promise.resolve(startFailure(child)) }
  }
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal)
  const killAtExit = (): void => kill('SIGKILL')
  process.once('exit', killAtExit)
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('error', (error) => resolve(startFailure(error)))
    child.once('exit', (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }))
  }).finally(() => process.off('exit', killAtExit))
  return { pid: child.pid, kill, ended }
}

function startFailure(error: Error): ProgramEnd {
  return { problem: errorMessage(error), isMissing: systemErrorCode(error) === 'ENOENT' }
}
