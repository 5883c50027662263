import { execFileSync, spawnSync } from 'node:child_process'

/** Whether the program is in the path. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface Verdict {
  readonly status: number | null
  readonly output: string
}

/**
 * Asks a program of the place that a file is for what it thinks of it. Where it is not installed the test is skipped,
 * but never in CI.
 */
export function ask(
  program: string,
  args: readonly string[],
  { cwd, skip }: { readonly cwd: string; readonly skip: (note: string) => void },
): Verdict {
  if (process.env.CI === undefined && !isInstalled(program)) skip(`${program} is not installed`)
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 60_000 })
  if (error) throw error
  return { status, output: `${stdout}${stderr}` }
}
