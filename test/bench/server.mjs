import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { vaultProgram } from '../../scripts/vault-program.mjs'

/**
 * A Vault in a process of its own, so that what is measured is not delayed by who measures: { address, token, newToken,
 * stop }, the token for twelve hours, a new one for the time that is asked for.
 */
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
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the server has ended')
    return value
  }
  const newToken = async (ttl) => {
    child.stdin.write(`${ttl}\n`)
    return answer()
  }
  const address = await answer()
  return {
    address,
    token: await newToken('12h'),
    newToken,
    stop: async () => {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
