import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { vaultProgram } from '../../scripts/vault-program.mjs'

/** A Vault in a process of its own, so that what is measured is not delayed by who measures: { address, token, shortToken, stop }. */
export async function startServer(kind, scratch) {
  const outfile = join(scratch, 'serve-vault.cjs')
  const source = join(dirname(fileURLToPath(import.meta.url)), 'serve-vault.ts')
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
  })
  const env = { ...process.env, CERTCTL_TEST_VAULT: vaultProgram() }
  const child = spawn(process.execPath, [outfile, kind], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the server did not start'))),
  ])
  return {
    ...JSON.parse(String(line)),
    stop: async () => {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
