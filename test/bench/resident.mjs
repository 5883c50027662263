import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { cleanEnvironment } from './rows.mjs'
import { statusField } from './run-once.mjs'

const after = 30_000

/** Long enough to be renewed at half of it and not in a hurry, short enough for several renewals in the measurement. */
const tokenTtl = '12s'

/** What keep-alive may hold above an idle Node, in MiB. */
const allowance = 24

/** Memory of keep-alive beside an idle Node after 30 s; its token is renewed and its metrics are read meanwhile. */
export async function measureResident(bench) {
  const env = { ...cleanEnvironment(bench), CERTCTL_VAULT_TOKEN: await bench.server.newToken(tokenTtl) }
  const args = ['vault', 'keep-alive', '--metrics-listen', '127.0.0.1:0', '--log-format', 'json']
  const idle = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env, stdio: 'ignore' })
  const keeper = spawn(process.execPath, [bench.program, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const log = readLog(keeper)
    await wait(after / 2)
    await scrape(keeper, log)
    await wait(after / 2)
    const renewals = await scrape(keeper, log)
    return { idle: memoryOf(idle.pid), keeper: memoryOf(keeper.pid), allowance, renewals }
  } finally {
    for (const child of [idle, keeper]) {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined
      child.kill('SIGTERM')
      await ended
    }
  }
}

function readLog(child) {
  const log = { text: '', listen: undefined }
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.text += `${line}\n`
    log.listen ??= /"listen":"([^"]+)"/.exec(line)?.[1]
  })
  return log
}

/** How many renewals the metrics tell of. */
async function scrape(keeper, log) {
  if (keeper.exitCode !== null) throw new Error(`keep-alive ended with ${keeper.exitCode}\n${log.text}`)
  if (log.listen === undefined) throw new Error(`keep-alive serves no metrics\n${log.text}`)
  const text = await (await fetch(`http://${log.listen}/metrics`)).text()
  return Number(/^certctl_vault_token_renewals_total\{result="success"\} (\d+)/m.exec(text)?.[1])
}

function memoryOf(pid) {
  return { rss: statusField(pid, 'VmRSS'), anonymous: statusField(pid, 'RssAnon') }
}
