// Runs the suites against a real Vault, which is built first when this machine has none. Arguments go to vitest; the first
// one may be `--project NAME`, which is otherwise `vault`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildVault, isGoInstalled, vaultProgram } from './vault-program.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const program = vaultProgram()

if (!existsSync(program) && !isGoInstalled()) {
  const banner = '*'.repeat(78)
  console.error(
    `${banner}\n  The suite against a real Vault was NOT run: there is no Go here to build it with.\n${banner}`,
  )
  process.exitCode = process.env.CI ? 1 : 0
} else {
  await buildVault(program)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const given = process.argv.slice(2)
  const project = given[0] === '--project' ? [] : ['--project', 'vault']
  const args = [vitest, 'run', ...project, ...given]
  const env = { ...process.env, CERTCTL_TEST_VAULT: program }
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1
}
