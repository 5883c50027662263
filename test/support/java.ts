import { execFileSync, spawnSync } from 'node:child_process'

/** Whether a Java with keytool is there; the project's own check demands it. */
export const hasKeytool = spawnSync('keytool', ['-version']).error === undefined

/** Runs Java's keytool and returns what it says, in English; throws when it refuses. */
export function keytool(args: readonly string[]): string {
  return execFileSync('keytool', ['-J-Duser.language=en', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
}
