import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { silence } from '../support/faults.ts'
import { parseSeries } from '../support/keep-alive-run.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { containing } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const renewal = 'auth/token/renew-self'
const lookup = 'auth/token/lookup-self'

async function untilAsked(scene: Scene, path: string, times = 1): Promise<void> {
  await until(() => scene.vault.requestsTo(path).length >= times, { what: () => `${times} requests to ${path}` })
}

describe.concurrent('keep-alive, told to stop', () => {
  test.for(['SIGTERM', 'SIGINT'] as const)(
    'by %s ends with 0 and an empty standard output',
    async (signal, { scene }) => {
      const keepAlive = await KeepAlive.started(scene)
      expect(await keepAlive.stop(signal)).toMatchObject({ code: 0, signal: null, stdout: '' })
      expect(keepAlive.told).toEqual([messages.started, messages.stopped])
    },
  )

  test('in the middle of a renewal ends with 0 and counts no failure', async ({ scene }) => {
    scene.vault.faults.on(renewal, silence())
    const keepAlive = await KeepAlive.started(scene, ['--metrics-file', 'metrics.prom'])
    keepAlive.signal('SIGUSR2')
    await untilAsked(scene, renewal)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
    expect(keepAlive.told).toEqual([messages.started, messages.stopped])
    expect(parseSeries(await readFile(scene.path('metrics.prom'), 'utf8'))).toMatchObject({
      'certctl_vault_token_renewals_total{result="success"}': 0,
      'certctl_vault_token_renewals_total{result="failure"}': 0,
    })
  })

  test('in the middle of the first look-up ends with 0', async ({ scene }) => {
    scene.vault.faults.on(lookup, silence())
    const keepAlive = await KeepAlive.start(scene)
    await untilAsked(scene, lookup)
    expect(await keepAlive.stop('SIGINT')).toMatchObject({ code: 0 })
    expect(keepAlive.log.filter(({ level }) => level !== 'info')).toEqual([])
  })

  test('while it waits for a token that nobody writes ends with 0', async ({ scene }) => {
    execFileSync('mkfifo', [scene.path('pipe')])
    const keepAlive = await KeepAlive.start(scene, ['--token-file', 'pipe', '--metrics-file', 'metrics.prom'])
    // Signals are listened for by the time it is written.
    await until(() => existsSync(scene.path('metrics.prom')))
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('while it waits for the server ends with 0', async ({ scene }) => {
    await scene.vault.seal()
    const keepAlive = await KeepAlive.start(scene)
    await keepAlive.waitFor('vault cannot be asked about the token yet')
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('twice ends with 0 at once', async ({ scene }) => {
    scene.vault.faults.on(renewal, silence())
    const keepAlive = await KeepAlive.started(scene)
    keepAlive.signal('SIGUSR2')
    await untilAsked(scene, renewal)
    keepAlive.signal('SIGINT')
    expect(await keepAlive.stop('SIGINT')).toMatchObject({ code: 0, signal: null })
  })

  test('with --json leaves one document', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene, ['--json'])
    const run = await keepAlive.stop()
    expect(run.json()).toEqual({
      schema: 1,
      action: 'stopped',
      results: [{ issuer: 'vault', reason: 'stopped' }],
      warnings: [],
    })
  })
})

describe.concurrent('SIGUSR2', () => {
  test('renews now', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene)
    expect(scene.vault.requestsTo(renewal)).toEqual([])
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.waitFor(messages.renewed)).toMatchObject({
      level: 'info',
      issuer: 'vault',
      leaseSeconds: 3600,
    })
    expect(scene.vault.requestsTo(renewal)).toHaveLength(1)
    expect(scene.vault.requestsTo(lookup)).toHaveLength(1)
    await keepAlive.stop()
  })
})

describe.concurrent('SIGHUP', () => {
  const fromFile = (file: string) => ({ args: ['--token-file', file], env: { VAULT_TOKEN: undefined } })

  test('takes the token that is in the file by then, and renews it now', async ({ scene }) => {
    const file = await scene.write('token', scene.token)
    const { args, env } = fromFile(file)
    const keepAlive = await KeepAlive.started(scene, args, { env })
    const rotated = await scene.createToken({ ttl: '2h' })
    await writeFile(file, `${rotated}\n`)
    keepAlive.signal('SIGHUP')
    expect(await keepAlive.waitFor(messages.renewed)).toMatchObject({ leaseSeconds: 7200 })
    const used = scene.vault.requestsTo(renewal).map(({ headers }) => headers['x-vault-token'])
    expect(used).toEqual([rotated])
    expect(keepAlive.log.filter(({ level }) => level !== 'info')).toEqual([])
    await keepAlive.stop()
  })

  test('goes on with the old token while the file has a bad one', async ({ scene }) => {
    const file = await scene.write('token', scene.token)
    const { args, env } = fromFile(file)
    const keepAlive = await KeepAlive.started(scene, args, { env })
    await writeFile(file, 'hvs.of-nobody')
    keepAlive.signal('SIGHUP')
    const { cause } = await keepAlive.waitFor('the new credentials are refused; the old ones go on')
    expect(cause).toContain('permission denied')
    await keepAlive.waitFor(messages.renewed)
    expect(scene.vault.requestsTo(renewal).at(-1)?.headers['x-vault-token']).toBe(scene.token)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('warns where the token came from a variable, and renews now', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene)
    keepAlive.signal('SIGHUP')
    await keepAlive.waitFor(messages.renewed)
    expect(keepAlive.log.filter(({ level }) => level === 'warn')).toEqual([
      expect.objectContaining({ message: containing('comes from a variable'), source: 'VAULT_TOKEN' }),
    ])
    await keepAlive.stop()
  })

  test('reads the profile again', async ({ scene }) => {
    const [first, second] = [
      await scene.write('first', scene.token),
      await scene.write('second', await scene.createToken({ ttl: '2h' })),
    ]
    await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--token-file', first])
    const env = { VAULT_TOKEN: undefined, VAULT_ADDR: undefined }
    const keepAlive = await KeepAlive.started(scene, ['--profile', 'prod'], { env })
    await scene.run(['profile', 'set', 'prod', '--token-file', second])
    keepAlive.signal('SIGHUP')
    expect(await keepAlive.waitFor(messages.renewed)).toMatchObject({ leaseSeconds: 7200, issuer: 'prod' })
    await keepAlive.stop()
  })
})

describe.concurrent('SIGUSR1', () => {
  test('opens no debugger in keep-alive, which lives on', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene)
    keepAlive.signal('SIGUSR1')
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect((await keepAlive.stop()).stderr).not.toMatch(/debugger|inspector/i)
  })

  test.for([
    ['issue a.contract.test', 'pki/sign/any'],
    ['vault token-status', lookup],
    ['vault keep-alive --once', renewal],
  ] as const)('does nothing to: %s', async ([command, path], { scene }) => {
    const { promise: released, resolve: release } = deferred()
    scene.vault.faults.on(path, async ({ answer, send }) => {
      await released
      send(await answer())
    })
    const running = await scene.spawn(command.split(' '))
    await untilAsked(scene, path)
    running.kill('SIGUSR1')
    await wait(100)
    release()
    const run = await running.ended
    expect(run).toMatchObject({ code: 0, signal: null })
    expect(run.stderr).not.toMatch(/debugger|inspector/i)
  })
})

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => (resolve = settle))
  return { promise, resolve }
}
