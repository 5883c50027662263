import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { parseSeries } from '../support/keep-alive-run.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { like } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const soon = 'vault token ends soon; replace it'
const ran = 'the command for the warning has run'
const failed = 'the command for the warning failed'

function near(scene: Scene, args: readonly string[]): Promise<KeepAlive> {
  return KeepAlive.start(scene, args, { freshToken: { ttl: '1h', explicitMaxTtl: '2h' } })
}

async function alive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe.concurrent('the warning ahead of the end', () => {
  test('comes when --warn-before says, in log, metrics and /readyz', async ({ scene }) => {
    const keepAlive = await near(scene, ['--warn-before', '2h', '--metrics-listen', '127.0.0.1:0'])
    expect(await keepAlive.waitFor(soon)).toMatchObject({
      level: 'warn',
      issuer: 'vault',
      endsAt: like(/Z$/),
      limit: 'explicit-max-ttl',
      inferred: false,
    })
    const { listen } = await keepAlive.waitFor('metrics are served')
    const series = parseSeries(await (await fetch(`http://${String(listen)}/metrics`)).text())
    expect(series['certctl_vault_token_ends_soon{issuer="vault"}']).toBe(1)
    const end = series['certctl_vault_token_end_timestamp_seconds{issuer="vault"}']!
    expect(Math.abs(end - Date.now() / 1000 - 7200)).toBeLessThan(60)
    expect((await fetch(`http://${String(listen)}/readyz`)).status).toBe(503)
    expect((await fetch(`http://${String(listen)}/healthz`)).status).toBe(200)
    await keepAlive.stop()
  })

  test('does not come earlier', async ({ scene }) => {
    const keepAlive = await near(scene, ['--metrics-file', 'metrics.prom'])
    const line = await keepAlive.waitFor('vault token has an end that renewal cannot move')
    expect(line).toMatchObject({ level: 'info', limit: 'explicit-max-ttl', inferred: false })
    await keepAlive.stop()
    expect(keepAlive.told).not.toContain(soon)
    const series = parseSeries(await readFile(scene.path('metrics.prom'), 'utf8'))
    expect(series['certctl_vault_token_ends_soon{issuer="vault"}']).toBe(0)
  })

  test('runs the command of --on-warning with the facts, and without the token', async ({ scene }) => {
    const script = 'env > facts; echo "$1"'
    const keepAlive = await near(scene, ['--warn-before', '2h', '--on-warning', `sh -c '${script}' name 'an argument'`])
    expect(await keepAlive.waitFor(ran)).toMatchObject({ level: 'info', issuer: 'vault', output: 'an argument' })
    const facts = await readFile(scene.path('facts'), 'utf8')
    expect(facts).toMatch(/^CERTCTL_EVENT=ends-soon$/m)
    expect(facts).toMatch(/^CERTCTL_ISSUER_NAME=vault$/m)
    expect(facts).toMatch(/^CERTCTL_REASON=explicit-max-ttl$/m)
    expect(facts).toMatch(/^CERTCTL_SECONDS_LEFT=7[12]\d\d$/m)
    expect(facts).toMatch(/^CERTCTL_ENDS_AT=\d{4}-.*Z$/m)
    expect(facts).toContain(`CERTCTL_ADDRESS=${scene.vault.address}`)
    expect(facts).not.toMatch(/TOKEN=|hvs\./)
    await keepAlive.stop()
  })

  test('runs the command for a token that is not renewable, and waits for it before it ends', async ({ scene }) => {
    const keepAlive = await KeepAlive.start(scene, ['--on-warning', "sh -c 'sleep 0.5; echo $CERTCTL_REASON'"], {
      freshToken: { ttl: '1h', renewable: false },
    })
    expect(await keepAlive.ended).toMatchObject({ code: 4, stdout: '' })
    expect(await keepAlive.waitFor(ran)).toMatchObject({ output: 'not-renewable' })
  })

  test('goes on when the command fails or is not there', async ({ scene }) => {
    const keepAlive = await near(scene, ['--warn-before', '2h', '--on-warning', '/nowhere/such'])
    expect(await keepAlive.waitFor(failed)).toMatchObject({
      level: 'warn',
      cause: '/nowhere/such cannot be started: it does not exist',
    })
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('renews beside a command that hangs, and takes it along when it is stopped', async ({ scene }) => {
    const hook = `sh -c 'trap "" TERM; sleep 1000 & echo $! > child; wait'`
    const keepAlive = await near(scene, ['--warn-before', '2h', '--on-warning', hook])
    let child = 0
    await until(async () => {
      child = Number(await readFile(scene.path('child'), 'utf8').catch(() => ''))
      return child > 0
    })
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
    await until(async () => !(await alive(child)))
  })

  test.for([
    [['--on-warning', 'a "b'], /--on-warning a "b is not a command/],
    [['--on-warning', ''], /is not a command/],
    [['--warn-before', 'soon'], /--warn-before soon is not a duration/],
    [['--once', '--warn-before', '1h'], /--warn-before|--once/],
  ] as const)('refuses %j', async ([args, words], { scene }) => {
    const run = await scene.run(['vault', 'keep-alive', ...args, '--json'])
    expect(run).toMatchObject({ code: 2 })
    expect(run.json()).toMatchObject({ error: { message: like(words) } })
  })
})
