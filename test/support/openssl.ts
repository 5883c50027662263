import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface OpensslSurroundings {
  readonly environment?: Readonly<Record<string, string>>
  /** Returns what it says on stderr too. */
  readonly withErrors?: boolean
}

/**
 * Runs openssl, our second opinion, in a directory that holds the given files and is then removed; throws with its stderr
 * when it says no. Arguments name the files by their bare names.
 */
export function openssl(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
  { environment = {}, withErrors = false }: OpensslSurroundings = {},
): string {
  const directory = mkdtempSync(join(tmpdir(), 'certctl-openssl-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content, { mode: 0o600 })
    const { status, stdout, stderr, error } = spawnSync('openssl', args, {
      cwd: directory,
      encoding: 'utf8',
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (error) throw error
    if (status !== 0) throw new Error(`openssl ${args.join(' ')} ended with ${status}: ${stderr}`)
    return withErrors ? stdout + stderr : stdout
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
