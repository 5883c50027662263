import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { cpuSeconds } from './cpu-time.mjs'
import { table } from './report.mjs'
import { cleanEnvironment } from './rows.mjs'
import { statusField } from './run-once.mjs'

/** So long that what comes every few minutes is in it with its share: a collection that Go forces, code that V8 compiles. */
const minutes = 4

/** What belongs to the start, such as keeping compiled code for the next one, is over by then. */
const settling = 10_000

/** One that is renewed several times in the minute, and one that is not renewed in it, as most tokens are not. */
const ttls = ['20s', '1h']

/** Of the agent's memory, keep-alive may hold this much. */
const memoryShare = 0.5

/** keep-alive and Vault Agent, each with a token of its own, at the same time: start to ready, then CPU and renewals over minutes, then memory. */
export async function compareWithAgent(bench) {
  const pairs = []
  try {
    for (const ttl of ttls) pairs.push({ ttl, subjects: [await keepAlive(bench, ttl), await agent(bench, ttl)] })
    const tables = await Promise.all(pairs.map((pair) => compare(pair)))
    return tables.map((rows) => table(rows)).join('\n\n')
  } finally {
    const subjects = pairs.flatMap((pair) => pair.subjects)
    for (const { child } of subjects) {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined
      child.kill('SIGTERM')
      await ended
    }
  }
}

async function compare({ ttl, subjects }) {
  const ready = await Promise.all(subjects.map((subject) => untilReady(subject)))
  await wait(settling)
  const before = subjects.map(({ child }) => cpuSeconds(child.pid))
  const renewedBefore = subjects.map(({ renewals }) => renewals())
  await wait(minutes * 60_000)
  const [ours, theirs] = subjects.map(({ child, name, renewals }, index) => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    return {
      ready: ready[index],
      startCpu: before[index] * 1000,
      cpu: ((cpuSeconds(child.pid) - before[index]) * 1000) / minutes,
      renewals: (renewals() - renewedBefore[index]) / minutes,
      rss: statusField(child.pid, 'VmRSS'),
    }
  })
  const seconds = (value) => `${value.toFixed(2)} s`
  const milliseconds = (value) => `${value.toFixed(1)} ms`
  const row = (name, key, format, limit) => [
    name,
    format(ours[key]),
    format(theirs[key]),
    limit === undefined ? '' : format(limit),
    limit === undefined ? '' : ours[key] <= limit ? 'met' : 'NOT MET',
  ]
  return [
    [`one token of ${ttl}`, 'keep-alive', 'Vault Agent', 'at most', ''],
    row('start to ready', 'ready', seconds),
    row('CPU of the first 10 s', 'startCpu', milliseconds),
    row('CPU of a minute then', 'cpu', milliseconds, theirs.cpu),
    row('renewals in a minute', 'renewals', (value) => value.toFixed(1)),
    row('RSS then', 'rss', (value) => `${value.toFixed(1)} MiB`, theirs.rss * memoryShare),
  ]
}

/** In seconds since it was started. */
async function untilReady({ name, child, startedAt, isReady }) {
  while (!isReady()) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it was ready`)
    await wait(5)
  }
  return (performance.now() - startedAt) / 1000
}

async function keepAlive(bench, ttl) {
  const env = { ...cleanEnvironment(bench), CERTCTL_VAULT_TOKEN: await bench.server.newToken(ttl) }
  const args = [bench.program, 'vault', 'keep-alive', '--log-format', 'json', '--metrics-listen', '127.0.0.1:0']
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk) => (log += chunk))
  const isReady = () => log.includes('vault token-renewal loop started')
  return { name: 'keep-alive', child, startedAt, isReady, renewals: () => occurrences(log, '"vault token renewed"') }
}

/** Its sink is what it gives to others when it is ready. */
async function agent(bench, ttl) {
  const names = ['agent.hcl', 'agent-token', 'agent-sink']
  const [config, token, sink] = names.map((name) => join(bench.scratch, `${name}-${ttl}`))
  writeFileSync(token, await bench.server.newToken(ttl), { mode: 0o600 })
  const lines = [
    `vault { address = "${bench.server.address}" }`,
    'auto_auth {',
    `  method "token_file" { config = { token_file_path = "${token}" } }`,
    `  sink "file" { config = { path = "${sink}" } }`,
    '}',
  ]
  writeFileSync(config, lines.join('\n'))
  const env = { PATH: process.env.PATH, HOME: bench.scratch }
  const startedAt = performance.now()
  const child = spawn(bench.vault, ['agent', `-config=${config}`], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk) => (log += chunk))
  const isReady = () => existsSync(sink) && statSync(sink).size > 0
  return { name: 'Vault Agent', child, startedAt, isReady, renewals: () => occurrences(log, 'renewed auth token') }
}

function occurrences(text, part) {
  return text.split(part).length - 1
}
