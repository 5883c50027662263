import { execFileSync } from 'node:child_process'
import { isExpected } from './outside-tool.ts'

export const hasKeytool = isExpected('keytool')

/** Runs Java's keytool and returns what it says, in English; throws when it refuses. */
export function keytool(args: readonly string[]): string {
  return execFileSync('keytool', ['-J-Duser.language=en', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
}
