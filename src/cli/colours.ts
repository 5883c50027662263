import chalk, { chalkStderr } from 'chalk'
import { findVariable, type Environment } from '../config/environment.ts'

interface Stream {
  readonly isTTY?: boolean
}

/**
 * Settles once whether standard output and standard error have colours. chalk goes by `FORCE_COLOR` and the terminal;
 * what it leaves open is `NO_COLOR`, which `FORCE_COLOR` overrides as in Node, and that an empty variable is none.
 */
export function chooseColours(environment: Environment, output: Stream, errors: Stream): void {
  if (findVariable(environment, 'FORCE_COLOR')) return
  const isRefused = findVariable(environment, 'NO_COLOR') !== undefined
  if (isRefused || !output.isTTY) chalk.level = 0
  if (isRefused || !errors.isTTY) chalkStderr.level = 0
}
