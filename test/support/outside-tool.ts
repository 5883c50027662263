import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

/** Whether the program is in the path. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether a test that needs the program is to run: in CI always, to fail where it is missing. */
export function isExpected(program: string): boolean {
  return process.env.CI !== undefined || isInstalled(program)
}

export interface Verdict {
  readonly status: number
  readonly output: string
}

/**
 * Asks a program of the place that a file is for what it thinks of it. Where it is not installed the test is skipped,
 * but never in CI.
 */
export async function ask(
  program: string,
  args: readonly string[],
  { cwd, skip }: { readonly cwd: string; readonly skip: (note: string) => void },
): Promise<Verdict> {
  if (process.env.CI === undefined && !isInstalled(program)) skip(`${program} is not installed`)
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd, timeout: 60_000 })
    return { status: 0, output: `${stdout}${stderr}` }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string }
    if (typeof code !== 'number') throw error
    return { status: code, output: `${stdout}${stderr}` }
  }
}
