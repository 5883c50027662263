// A thousand tokens in one process: how late their renewals come, and what it costs. Options: --tokens N, --ttl SECONDS,
// --minutes N, --program FILE, --server fake|real.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { vaultProgram } from '../../scripts/vault-program.mjs'
import { cpuSeconds } from './cpu-time.mjs'
import { statusField } from './run-once.mjs'
import { startServer } from './server.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '1000' },
    ttl: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '2' },
    program: { type: 'string', default: join(root, 'bin', 'certctl.cjs') },
    server: { type: 'string', default: existsSync(vaultProgram()) ? 'real' : 'fake' },
  },
})
/** Long, so that none ends while the others are made; renewals ask for the TTL that is measured. */
const firstTtl = '1h'

const names = Array.from({ length: Number(values.tokens) }, (_, index) => `token-${index}`)

const scratch = mkdtempSync(join(tmpdir(), 'certctl-many-'))
const server = await startServer(values.server, scratch)
try {
  await makeProfiles()
  console.log(report(await measure()))
} finally {
  await server.stop()
  rmSync(scratch, { recursive: true, force: true })
}

/** A profile each, with a token file of its own. */
async function makeProfiles() {
  const [config, tokens] = ['config', 'tokens'].map((name) => join(scratch, name))
  for (const directory of [config, tokens]) mkdirSync(directory, { mode: 0o700 })
  const profiles = {}
  for (const name of names) {
    const tokenFile = join(tokens, name)
    writeFileSync(tokenFile, await server.newToken(firstTtl), { mode: 0o600 })
    profiles[name] = { address: server.address, tokenFile }
  }
  writeFileSync(join(config, 'profiles.json'), JSON.stringify({ schema: 1, profiles }), { mode: 0o600 })
}

async function measure() {
  const env = {
    PATH: process.env.PATH,
    HOME: scratch,
    CERTCTL_CONFIG_DIR: join(scratch, 'config'),
    CERTCTL_STATE_DIR: join(scratch, 'state'),
  }
  const flags = ['--increment', `${values.ttl}s`, '--log-format', 'json', '--metrics-listen', '127.0.0.1:0']
  const args = [values.program, 'vault', 'keep-alive', ...names.flatMap((name) => ['--profile', name]), ...flags]
  const began = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const log = followLog(child)
  try {
    await Promise.race([log.allStarted, ended])
    const startedAfter = performance.now() - began
    // The first renewal of all at once takes up the TTL that is measured.
    child.kill('SIGUSR2')
    // Renewals that came together draw apart, a tenth of their distance with each.
    await wait(Number(values.ttl) * 4000)
    log.latenesses.length = 0
    const [cpu, renewed] = [cpuSeconds(child.pid), log.renewed]
    await wait(Number(values.minutes) * 60_000)
    if (child.exitCode !== null) throw new Error(`keep-alive ended with ${child.exitCode}\n${log.last}`)
    return {
      startedAfter,
      renewals: log.renewed - renewed,
      failures: log.failures,
      latenesses: [...log.latenesses].sort((a, b) => a - b),
      cpu: cpuSeconds(child.pid) - cpu,
      rss: statusField(child.pid, 'VmRSS'),
      anonymous: statusField(child.pid, 'RssAnon'),
    }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** Late is a renewal by what lies between the time that was told for it and the line that tells of its success. */
function followLog(child) {
  const due = new Map()
  const log = { latenesses: [], renewed: 0, failures: 0, last: '' }
  log.allStarted = new Promise((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.last = line
      const { message, issuer, time, nextRenewalAt } = JSON.parse(line)
      if (message.startsWith('vault token renewal failed')) log.failures += 1
      if (message === 'vault token renewed') {
        log.renewed += 1
        if (due.has(issuer)) log.latenesses.push(Date.parse(time) - due.get(issuer))
      }
      if (nextRenewalAt) due.set(issuer, Date.parse(nextRenewalAt))
      if (due.size === names.length) resolve()
    })
  })
  return log
}

function report({ startedAfter, renewals, failures, latenesses, cpu, rss, anonymous }) {
  const quantile = (share) => `${latenesses[Math.min(latenesses.length - 1, Math.floor(latenesses.length * share))]} ms`
  const rows = [
    ['tokens, of a TTL', `${names.length}, ${values.ttl} s`],
    ['all taken up after', `${(startedAfter / 1000).toFixed(1)} s`],
    [`renewals in ${values.minutes} min`, `${renewals}, ${failures} failed`],
    ['late at the median, 99th percentile, most', `${quantile(0.5)}, ${quantile(0.99)}, ${quantile(1)}`],
    ['CPU', `${cpu.toFixed(1)} s, ${((1000 * cpu) / renewals).toFixed(1)} ms a renewal`],
    ['RSS, of it anonymous', `${rss?.toFixed(0)} MiB, ${anonymous?.toFixed(0)} MiB`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}
