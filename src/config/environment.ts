import { userInfo } from 'node:os'
import { join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Variable {
  readonly name: string
  readonly value: string
}

/** The variables that this process was started with; everything else takes an Environment. */
export function processEnvironment(): Environment {
  return process.env
}

/**
 * How many calls may wait for the disk at a time; libuv's own number is 4. It looks at the variable when the first such call
 * is made, so a later change has no effect. What the operator has set stays.
 */
export function widenThreadPool(threads: number): void {
  process.env['UV_THREADPOOL_SIZE'] ||= String(threads)
}

/** The first of the variables that is set; one that is present but empty counts as not set. */
export function findVariable(environment: Environment, ...names: readonly string[]): Variable | undefined {
  for (const name of names) {
    const value = environment[name]
    if (value !== undefined && value !== '') return { name, value }
  }
  return undefined
}

/** `HOME`, else the account's own; `/` for a user without an account, as container runtimes set it. */
export function homeDirectory(environment: Environment): string {
  const home = findVariable(environment, 'HOME')
  if (home) return home.value
  try {
    return userInfo().homedir
  } catch {
    return '/'
  }
}

/** The path with a leading `~/` replaced by the home directory. */
export function expandHome(path: string, environment: Environment): string {
  return path.startsWith('~/') ? join(homeDirectory(environment), path.slice(2)) : path
}
