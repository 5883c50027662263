import { chmod, lstat, mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { status } from '../support/faults.ts'
import { KeepAlive, messages } from './support/keep-alive.ts'
import { anyNumber, anyText, containing } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const ask = ['vault', 'keep-alive', '--status']
const unanswerable = 'vault keep-alive --status cannot be answered'

function socketOf(scene: Scene, name = 'keep-alive.sock'): string {
  return join(scene.host.stateDir, name)
}

describe.concurrent('keep-alive --status', () => {
  test('says that the token is good, until when, and when it is renewed', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene)
    const run = await scene.run([...ask, '--json'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.json()).toEqual({
      schema: 1,
      ready: true,
      tokens: 1,
      notReady: 0,
      failing: 0,
      nextExpiryAt: anyText,
      issuers: [
        {
          issuer: 'vault',
          ready: true,
          reason: null,
          state: 'alive',
          expiresAt: anyText,
          nextRenewalAt: anyText,
          endsAt: null,
          failures: 0,
          lastError: null,
        },
      ],
      loops: 1,
      stuck: [],
      version: anyText,
      pid: keepAlive.pid,
      startedAt: anyText,
      warnings: [],
    })
    const text = await scene.run(ask)
    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout).toMatch(/^ready: 1 token\n/)
    expect(text.stdout).toMatch(/next renewal +\S+ \(in 29m/)
    await keepAlive.stop()
  })

  test('answers with 8 while the token is not ready, and says why', async ({ scene }) => {
    await scene.vault.seal()
    const keepAlive = await KeepAlive.start(scene)
    await keepAlive.waitFor('vault cannot be asked about the token yet')
    const run = await scene.run([...ask, '--json'])
    expect(run.code).toBe(8)
    expect(run.json()).toMatchObject({
      ready: false,
      notReady: 1,
      issuers: [{ issuer: 'vault', reason: 'waiting', failures: anyNumber, lastError: { code: anyText } }],
    })
    await keepAlive.stop()
  })

  test('tells what renewal fails with, and not the token', async ({ scene }) => {
    scene.vault.faults.on('auth/token/renew-self', status(500, `no ${scene.token} here ${'x'.repeat(500)}`))
    const keepAlive = await KeepAlive.started(scene)
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.failed)
    const run = await scene.run([...ask, '--json'])
    const [{ lastError }] = run.json()['issuers'] as [{ lastError: { message: string } }]
    expect(lastError.message.length).toBeLessThanOrEqual(303)
    expect(run.stdout).not.toContain(scene.token)
    await keepAlive.stop()
  })

  test('says with 5 that none runs, and with what to start one', async ({ scene }) => {
    const run = await scene.run([...ask, '--json'])
    expect(run.code).toBe(5)
    expect(run.json()).toMatchObject({
      error: { code: 'not-running', hint: containing('certctl vault keep-alive'), socket: socketOf(scene) },
    })
  })

  test('asks the instance of the profile', async ({ scene }) => {
    const file = await scene.write('token', scene.token)
    await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--token-file', file])
    const env = { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined }
    const keepAlive = await KeepAlive.started(scene, ['--profile', 'prod'], { env })
    expect((await scene.run([...ask, '--profile', 'prod', '--json'], { env })).json()).toMatchObject({
      issuers: [{ issuer: 'prod' }],
    })
    expect((await scene.run(ask)).code).toBe(5)
    await keepAlive.stop()
  })

  test('is refused for several profiles, and beside what starts one', async ({ scene }) => {
    expect((await scene.run([...ask, '--once'])).code).toBe(2)
    expect((await scene.run([...ask, '--metrics-listen', ':0'])).code).toBe(2)
  })
})

describe.concurrent('the socket of keep-alive', () => {
  test('is for its user alone, in the runtime directory where there is one, and gone at the end', async ({ scene }) => {
    const runtime = scene.path('run')
    await mkdir(runtime, { mode: 0o700 })
    const env = { XDG_RUNTIME_DIR: runtime }
    const keepAlive = await KeepAlive.started(scene, [], { env })
    const socket = join(runtime, 'certctl', 'keep-alive.sock')
    expect([(await lstat(join(runtime, 'certctl'))).mode & 0o777, (await lstat(socket)).mode & 0o777]).toEqual([
      0o700, 0o600,
    ])
    expect((await scene.run(ask, { env })).code).toBe(0)
    await keepAlive.stop()
    await expect(lstat(socket)).rejects.toThrow('ENOENT')
  })

  test('that a killed process left is replaced', async ({ scene }) => {
    const killed = await KeepAlive.started(scene)
    killed.signal('SIGKILL')
    await killed.ended
    expect((await lstat(socketOf(scene))).isSocket()).toBe(true)
    expect((await scene.run(ask)).code).toBe(5)
    const keepAlive = await KeepAlive.started(scene)
    expect((await scene.run(ask)).code).toBe(0)
    expect(keepAlive.told).not.toContain(unanswerable)
    await keepAlive.stop()
  })

  test('of a living instance stays its own, and the second goes on without', async ({ scene }) => {
    const first = await KeepAlive.started(scene)
    const second = await KeepAlive.started(scene)
    expect(await second.waitFor(unanswerable)).toMatchObject({ level: 'warn', cause: containing('another process') })
    await second.stop()
    expect((await scene.run([...ask, '--json'])).json()).toMatchObject({ pid: first.pid })
    await first.stop()
  })

  test('is not made in a directory that others may write', async ({ scene }) => {
    await mkdir(scene.host.stateDir, { recursive: true })
    await chmod(scene.host.stateDir, 0o777)
    const keepAlive = await KeepAlive.started(scene)
    expect(await keepAlive.waitFor(unanswerable)).toMatchObject({ hint: containing('chmod go-w') })
    await keepAlive.stop()
  })

  test('is not made behind a link, nor in the place of a file', async ({ scene }) => {
    await mkdir(scene.path('elsewhere'))
    const env = { XDG_RUNTIME_DIR: scene.path() }
    await symlink(scene.path('elsewhere'), scene.path('certctl'))
    const linked = await KeepAlive.started(scene, [], { env })
    expect(await linked.waitFor(unanswerable)).toMatchObject({ cause: containing('is no directory') })
    await linked.stop()
    await mkdir(scene.host.stateDir, { recursive: true, mode: 0o700 })
    await writeFile(socketOf(scene), 'mine')
    const blocked = await KeepAlive.started(scene)
    expect(await blocked.waitFor(unanswerable)).toMatchObject({ cause: containing('is no socket') })
    await blocked.stop()
  })

  test('whose path is too long for the system is done without', async ({ scene }) => {
    const env = { XDG_RUNTIME_DIR: scene.path('x'.repeat(100)) }
    const keepAlive = await KeepAlive.started(scene, [], { env })
    expect(await keepAlive.waitFor(unanswerable)).toMatchObject({ cause: containing('107') })
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    await keepAlive.stop()
  })

  test('that does not answer is told as such', async ({ scene }) => {
    await mkdir(scene.host.stateDir, { recursive: true, mode: 0o700 })
    const silent = createServer().listen(socketOf(scene))
    await once(silent, 'listening')
    scene.atEnd(() => Promise.resolve(silent.close()))
    const run = await scene.run([...ask, '--json'])
    expect(run.code).toBe(5)
    expect(run.json()).toMatchObject({ error: { code: 'timeout' } })
  })
})
