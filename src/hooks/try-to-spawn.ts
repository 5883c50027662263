import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'

/** Node tells some reasons for which a program can't be started by the event `error` and throws others, such as ENOTDIR. */
export function tryToSpawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess | Error {
  try {
    return spawn(program, args, options)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
