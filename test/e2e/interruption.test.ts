import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { isPidInUse } from '../../src/files/processes.ts'
import { delay, silence, throttled } from '../support/faults.ts'
import type { RunningCertctl } from '../support/run-certctl.ts'
import { hook } from './support/hooks.ts'
import { until } from './support/keep-alive.ts'
import { like } from './support/matchers.ts'
import { listenRaw } from './support/ports.ts'
import { type Scene, test } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

const sign = 'pki/sign/any'
const issue = ['issue', 'a.contract.test', '--out', 'web']
const signals = [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const

async function untilAsked(scene: Scene, path: string): Promise<void> {
  await until(() => scene.vault.requestsTo(path).length > 0, { what: () => `a request to ${path}` })
}

async function noLocksIn(scene: Scene): Promise<void> {
  expect(await readdir(join(scene.host.stateDir, 'locks')).catch(() => [])).toEqual([])
}

/** The signal ends it soon: nothing that it waits for may hold it. */
async function interrupt(running: RunningCertctl, signal: NodeJS.Signals) {
  const asked = performance.now()
  running.kill(signal)
  const run = await running.ended
  expect(performance.now() - asked).toBeLessThan(2000)
  return run
}

describe.concurrent('before the request is sent', () => {
  test.for(signals)('%s ends issue with %i, and nothing is written', async ([signal, code], { scene }) => {
    // The first request is turned away, so the program waits before it sends the second.
    scene.vault.faults.on(sign, throttled('30'))
    const before = await snapshot(scene.path())
    const running = await scene.spawn(issue)
    await untilAsked(scene, sign)
    const run = await interrupt(running, signal)
    expect(run).toMatchObject({ code, signal: null, stdout: '' })
    expect(await snapshot(scene.path())).toEqual(before)
    expect(scene.vault.requestsTo(sign)).toHaveLength(1)
    await noLocksIn(scene)
  })

  test('a connection that never comes about is given up', async ({ scene }) => {
    // A TLS handshake that nobody answers: no byte of the request has left.
    let connected = false
    const server = await listenRaw(() => (connected = true))
    scene.atEnd(() => server.stop())
    const running = await scene.spawn([...issue, '--address', `https://127.0.0.1:${server.port}`])
    await until(() => connected)
    expect(await interrupt(running, 'SIGINT')).toMatchObject({ code: 130, stdout: '' })
    expect(await readdir(scene.path())).toEqual([])
    await noLocksIn(scene)
  })

  test.for([
    ['inspect', 'pipe'],
    ['apply', 'pipe'],
    ['issue', 'a.contract.test', '--csr', 'pipe'],
    ['vault', 'token-status', '--token-file', 'pipe'],
    ['issue', 'a.contract.test', '--ca-cert', 'pipe', '--address', 'https://127.0.0.1:9'],
    ['issue', 'a.contract.test', '--pkcs12-file', 'p12', '--pkcs12-password-file', 'pipe'],
  ])('a named pipe that is not written to its end is given up by %j', async (command, { scene }) => {
    execFileSync('mkfifo', [scene.path('pipe')])
    const running = await scene.spawn([...command, '--json'])
    // Opened as soon as somebody reads it.
    const writer = await open(scene.path('pipe'), 'w')
    const run = await interrupt(running, 'SIGTERM')
    expect(run).toMatchObject({ code: 143 })
    expect(run.json()).toMatchObject({ error: { code: 'interrupted', exitCode: 143 } })
    await writer.close()
  })

  test('standard input that never ends is given up', async ({ scene }) => {
    const running = await scene.spawn(['issue', '--csr', '-'], { keepStdinOpen: true })
    // Nothing tells from outside when it has begun to read.
    await wait(5000)
    expect(await interrupt(running, 'SIGTERM')).toMatchObject({ code: 143, stdout: '' })
    expect(scene.vault.requests).toEqual([])
  })

  test('the document says so', async ({ scene }) => {
    scene.vault.faults.on(sign, throttled('30'))
    const running = await scene.spawn([...issue, '--json'])
    await untilAsked(scene, sign)
    const run = await interrupt(running, 'SIGINT')
    expect(run.json()).toMatchObject({ schema: 1, error: { code: 'interrupted', exitCode: 130 } })
  })
})

describe.concurrent('after the request was sent', () => {
  test.for(signals)('issue publishes first, then ends by %s with %i', async ([signal, code], { scene }) => {
    scene.vault.faults.on(sign, delay(700))
    const running = await scene.spawn(issue)
    await untilAsked(scene, sign)
    running.kill(signal)
    expect(await running.ended).toMatchObject({ code, signal: null })
    const { serialNumber } = new X509Certificate(await readFile(scene.path('web/cert.pem')))
    const known = [...scene.vault.pki().certificates.keys()].map((serial) => serial.replaceAll(':', '').toUpperCase())
    expect(known).toEqual([serialNumber])
    expect(await readdir(scene.path('web/.certctl/versions'))).toEqual(['1'])
    await noLocksIn(scene)
  })

  test('renew publishes the successor first', async ({ scene }) => {
    await scene.run(issue)
    scene.vault.forgetRequests()
    scene.vault.faults.on(sign, delay(700))
    const running = await scene.spawn(['renew', 'web', '--force', '--json'])
    await untilAsked(scene, sign)
    running.kill('SIGTERM')
    const run = await running.ended
    expect(run).toMatchObject({ code: 143 })
    expect(run.json()).toMatchObject({ summary: { renewed: 1, failed: 0 } })
    expect(await readlink(scene.path('web/.live'))).toBe('.certctl/versions/2')
  })

  test('of one renewal, no other is begun', async ({ scene }) => {
    for (const name of ['one', 'two']) await scene.run(['issue', 'a.contract.test', '--out', name])
    scene.vault.forgetRequests()
    scene.vault.faults.on(sign, delay(700))
    const running = await scene.spawn(['renew', 'one', 'two', '--force', '--parallel', '1'])
    await untilAsked(scene, sign)
    running.kill('SIGINT')
    const left = 'warning: interrupted by SIGINT: 1 of 2 certificates are left out\n'
    expect(await running.ended).toMatchObject({ code: 130, stderr: left })
    expect(scene.vault.requestsTo(sign)).toHaveLength(1)
    expect(await readlink(scene.path('two/.live'))).toBe('.certctl/versions/1')
  })

  test('a second signal does not wait', async ({ scene }) => {
    scene.vault.faults.on(sign, silence())
    const running = await scene.spawn(issue)
    await untilAsked(scene, sign)
    running.kill('SIGINT')
    await wait(200)
    const run = await interrupt(running, 'SIGINT')
    expect(run.code === 130 || run.signal === 'SIGINT').toBe(true)
  })
})

describe.concurrent('while a hook runs', () => {
  test.for(signals)('%s stops it, says what is owed, and ends with %i', async ([signal, code], { scene }) => {
    const path = await hook(scene, 'hook', 'test -e "$0.fixed" || { touch "$0.runs"; sleep 300; }')
    const running = await scene.spawn([...issue, '--deploy', path])
    await until(() => existsSync(`${path}.runs`))
    running.kill(signal)
    const run = await running.ended
    expect(run).toMatchObject({ code, stdout: like(/^issued/) })
    expect(run.stderr).toBe(
      `warning: interrupted by ${signal}: ${path} was stopped; ${scene.path('web')} is published, but not deployed: the next certctl renew takes that up\n`,
    )
    await scene.write('hook.fixed', '')
    expect(await scene.run(['renew', 'web'])).toMatchObject({ code: 0, stdout: like(/ran +\S+hook/), stderr: '' })
  })

  test('a terminal that is lost, which is told twice, does not leave it to run on beside the next one', async ({
    scene,
  }) => {
    const path = await hook(scene, 'hook', 'echo $$ > "$0.pid.new"; mv "$0.pid.new" "$0.pid"; exec sleep 300')
    const running = await scene.spawn([...issue, '--deploy', path])
    await until(() => existsSync(`${path}.pid`))
    running.kill('SIGHUP')
    running.kill('SIGHUP')
    expect(await running.ended).toMatchObject({
      code: 129,
      signal: null,
      stderr: like(/interrupted by SIGHUP: .*was stopped/),
    })
    expect(isPidInUse(Number(await readFile(`${path}.pid`, 'utf8')))).toBe(false)
    await noLocksIn(scene)
  })

  test('a batch says how many it left out, and what it owes, also in the document', async ({ scene }) => {
    const path = await hook(scene, 'hook', 'test -e "$0.slow" && { touch "$0.runs"; sleep 300; } || true')
    for (const name of ['one', 'two', 'three'])
      await scene.run(['issue', 'a.contract.test', '--out', name, '--deploy', path])
    await scene.write('hook.slow', '')
    const running = await scene.spawn(['renew', '--all', '--force', '--json'])
    await until(() => existsSync(`${path}.runs`))
    running.kill('SIGINT')
    const run = await running.ended
    expect(run).toMatchObject({ code: 130, stderr: like(/^warning: .*; 3 are published, but not deployed/) })
    expect(run.json()).toMatchObject({
      summary: { renewed: 3, deployPending: 3 },
      warnings: [like(/^interrupted by SIGINT: .*hook was stopped; 3 are published/)],
    })
  })

  test('what was waiting for the hooks of another run is told of too', async ({ scene }) => {
    const path = await hook(scene, 'hook', 'touch "$0.runs"; sleep 300')
    const first = await scene.spawn([...issue, '--deploy', path])
    await until(() => existsSync(`${path}.runs`))
    const second = await scene.spawn(['issue', 'a.contract.test', '--out', 'other', '--deploy', path])
    await until(() => existsSync(scene.path('other/cert.pem')))
    await wait(500)
    const run = await interrupt(second, 'SIGTERM')
    expect(run).toMatchObject({ code: 143, stdout: like(/^issued/), stderr: like(/other is published, but not/) })
    expect(run.stderr).not.toContain('was stopped')
    await interrupt(first, 'SIGTERM')
  })
})

describe.concurrent('a look-up', () => {
  test.for(signals)('is given up by %s with %i', async ([signal, code], { scene }) => {
    scene.vault.faults.on('auth/token/lookup-self', silence())
    const running = await scene.spawn(['vault', 'token-status'])
    await untilAsked(scene, 'auth/token/lookup-self')
    expect(await interrupt(running, signal)).toMatchObject({ code, stdout: '' })
  })

  test('of keep-alive --once is given up with 130', async ({ scene }) => {
    scene.vault.faults.on('auth/token/lookup-self', silence())
    const running = await scene.spawn(['vault', 'keep-alive', '--once'])
    await untilAsked(scene, 'auth/token/lookup-self')
    expect(await interrupt(running, 'SIGINT')).toMatchObject({ code: 130, stdout: '' })
  })
})

describe.concurrent('a run that was killed', () => {
  test('leaves the old set, and the next one clears what it left', async ({ scene }) => {
    await scene.run(issue)
    const before = await readFile(scene.path('web/cert.pem'), 'utf8')
    scene.vault.forgetRequests()
    scene.vault.faults.on(sign, silence(), 1)
    const running = await scene.spawn(['renew', 'web', '--force'])
    await untilAsked(scene, sign)
    running.kill('SIGKILL')
    await running.ended
    expect(await readFile(scene.path('web/cert.pem'), 'utf8')).toBe(before)
    const started = performance.now()
    expect(await scene.run(['renew', 'web', '--force'])).toMatchObject({ code: 0, stderr: '' })
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(await readdir(scene.path('web/.certctl/versions'))).toEqual(['1', '2'])
    await noLocksIn(scene)
  })
})
