import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import * as faults from '../support/faults.ts'
import { FakeVault } from '../support/fake-vault.ts'
import type { TokenOptions } from '../support/vault-server.ts'
import { freePort } from '../support/free-port.ts'
import { parseSeries } from '../support/keep-alive-run.ts'
import { KeepAlive, messages } from './support/keep-alive.ts'
import { containing, like, near } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const renewal = 'auth/token/renew-self'
const lookup = 'auth/token/lookup-self'
const waiting = 'vault cannot be asked about the token yet'

function withToken(scene: Scene, freshToken: TokenOptions, args: readonly string[] = []): Promise<KeepAlive> {
  return KeepAlive.start(scene, ['--metrics-file', 'metrics.prom', ...args], { freshToken })
}

async function renewals(scene: Scene): Promise<Record<string, number>> {
  const all = parseSeries(await readFile(scene.path('metrics.prom'), 'utf8'))
  const results = ['success', 'failure', 'not_renewable']
  return Object.fromEntries(
    results.map((result) => [result, all[`certctl_vault_token_renewals_total{result="${result}"}`]!]),
  )
}

describe.concurrent('keep-alive', () => {
  test('tells in one line of JSON what the token is', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene)
    expect(keepAlive.log).toEqual([
      expect.objectContaining({
        time: like(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'info',
        message: messages.started,
        issuer: 'vault',
        address: scene.vault.address,
        ttlSeconds: near(3600, -2),
        renewable: true,
        nextRenewalAt: like(/Z$/),
      }),
    ])
    const next = new Date(String(keepAlive.log[0]!.nextRenewalAt)).getTime()
    expect(next - Date.now()).toBeGreaterThan(29 * 60_000)
    expect(next - Date.now()).toBeLessThanOrEqual(30 * 60_000)
    await keepAlive.stop()
  })

  test('keeps a short token alive beyond its first end', async ({ scene }) => {
    const keepAlive = await withToken(scene, { period: '4s' })
    await keepAlive.waitFor(messages.renewed, { after: 3 })
    expect(await keepAlive.stop()).toMatchObject({ code: 0, stdout: '' })
    expect(scene.vault.requestsTo(lookup)).toHaveLength(1)
    expect(await renewals(scene)).toMatchObject({ failure: 0, not_renewable: 0 })
    expect(keepAlive.log.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  test('asks for the increment that it was told', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene, ['--increment', '2h'])
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.waitFor(messages.renewed)).toMatchObject({ leaseSeconds: 7200 })
    await keepAlive.stop()
  })

  test('has nothing to do for a root token: 0, without a warning', async ({ scene }) => {
    const keepAlive = await KeepAlive.start(scene, [], { env: { VAULT_TOKEN: scene.vault.rootToken } })
    expect(await keepAlive.ended).toMatchObject({ code: 0, stdout: '' })
    expect(keepAlive.log.map(({ level }) => level)).toEqual(['info', 'info'])
    expect(scene.vault.requestsTo(renewal)).toEqual([])
  })

  test('says when the end is near that renewal cannot move', async ({ scene }) => {
    const keepAlive = await withToken(scene, { ttl: '1h', explicitMaxTtl: '1h' })
    // A look-up within the second of its making still has the whole hour left, which no renewal can give again.
    await keepAlive.waitFor(messages.started)
    keepAlive.signal('SIGUSR2')
    const line = await keepAlive.waitFor(messages.capped)
    expect(line).toMatchObject({ level: 'warn', endsAt: like(/Z$/) })
    await keepAlive.stop()
  })
})

describe.concurrent('a token that is not renewable ends it with 4', () => {
  test('and with --json one document, which has the error as every other', async ({ scene }) => {
    const keepAlive = await withToken(scene, { ttl: '1h', renewable: false }, ['--json'])
    const run = await keepAlive.ended
    const error = { code: 'not-renewable', exitCode: run.code }
    expect(run.json()).toMatchObject({
      schema: 1,
      action: 'ended',
      results: [{ issuer: 'vault', reason: 'not-renewable', error }],
      error,
    })
  })

  test.for([
    ['created so', { ttl: '1h', renewable: false }],
    ['a batch token', { ttl: '1h', type: 'batch' }],
  ] as const)('%s, without a renewal', async ([, options], { scene }) => {
    const keepAlive = await withToken(scene, options)
    expect(await keepAlive.ended).toMatchObject({ code: 4, stdout: '' })
    expect(await keepAlive.waitFor(messages.notRenewable)).toMatchObject({ level: 'warn' })
    expect(scene.vault.requestsTo(renewal)).toEqual([])
    expect(await renewals(scene)).toEqual({ success: 0, failure: 0, not_renewable: 1 })
  })

  test('by a later reply', async ({ scene }) => {
    scene.vault.faults.on(
      renewal,
      faults.rewrite((document) => ({ ...document, auth: { ...(document.auth as object), renewable: false } })),
    )
    const keepAlive = await KeepAlive.started(scene)
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.ended).toMatchObject({ code: 4 })
    expect(await keepAlive.waitFor(messages.notRenewable)).toMatchObject({ level: 'warn' })
  })

  test('by a later refusal', async ({ scene }) => {
    scene.vault.faults.on(renewal, faults.status(400, 'lease is not renewable'))
    const keepAlive = await KeepAlive.started(scene)
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.ended).toMatchObject({ code: 4 })
    expect((await keepAlive.waitFor(messages.notRenewable)).cause).toContain('lease is not renewable')
  })

  test('and with --linger only when it expires', async ({ scene }) => {
    const keepAlive = await withToken(scene, { ttl: '8s', renewable: false }, [
      '--linger',
      '--metrics-listen',
      '127.0.0.1:0',
    ])
    const { listen } = await keepAlive.waitFor('metrics are served')
    await keepAlive.waitFor(messages.notRenewable)
    expect(parseSeries(await (await fetch(`http://${String(listen)}/metrics`)).text())).toMatchObject({
      'certctl_vault_token_renewals_total{result="not_renewable"}': 1,
      'certctl_vault_token_renewable{issuer="vault"}': 0,
    })
    expect(await keepAlive.ended).toMatchObject({ code: 4 })
    expect(await keepAlive.waitFor(messages.expired)).toMatchObject({ level: 'error', reason: 'ttl' })
  })
})

describe.concurrent('a token that is dead ends it with 4', () => {
  test('at the start', async ({ scene }) => {
    await scene.vault.revokeToken(scene.token)
    const keepAlive = await KeepAlive.start(scene)
    expect(await keepAlive.ended).toMatchObject({ code: 4, stdout: '' })
    expect(await keepAlive.waitFor(messages.expired)).toMatchObject({ level: 'error', reason: 'revoked' })
    expect(scene.vault.requestsTo(renewal)).toEqual([])
  })

  test('once it is revoked, and one look-up confirms', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene, ['--metrics-file', 'metrics.prom'])
    await scene.vault.revokeToken(scene.token)
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.ended).toMatchObject({ code: 4 })
    expect(await keepAlive.waitFor(messages.expired)).toMatchObject({ level: 'error', reason: 'revoked' })
    expect(scene.vault.requests.map(({ path }) => path)).toEqual([lookup, renewal, lookup])
    expect(await renewals(scene)).toEqual({ success: 0, failure: 1, not_renewable: 0 })
  })

  test('when its TTL is over before the server is back', async ({ scene }) => {
    scene.vault.faults.on(renewal, faults.reset())
    const keepAlive = await withToken(scene, { ttl: '4s' })
    expect(await keepAlive.ended).toMatchObject({ code: 4 })
    expect(keepAlive.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(
      expect.arrayContaining([messages.failed, messages.expired]),
    )
    expect(await keepAlive.waitFor(messages.expired)).toMatchObject({ reason: 'ttl' })
    expect((await renewals(scene)).failure).toBe(scene.vault.requestsTo(renewal).length)
  })

  test('when its max TTL is over', async ({ scene }) => {
    const keepAlive = await withToken(scene, { ttl: '6s', explicitMaxTtl: '8s' })
    expect(await keepAlive.ended).toMatchObject({ code: 4 })
    expect(keepAlive.told).toEqual(expect.arrayContaining([messages.capped, messages.renewed]))
    expect(await keepAlive.waitFor(messages.expired)).toMatchObject({ reason: 'max-ttl' })
  })
})

describe.concurrent('a renewal that fails', () => {
  /** Renews now under the fault, waits for the loud line and for the next success. */
  async function recovers(scene: Scene, fault: faults.Fault) {
    scene.vault.faults.on(renewal, fault, 1)
    const keepAlive = await KeepAlive.started(scene, ['--metrics-file', 'metrics.prom'])
    keepAlive.signal('SIGUSR2')
    const failed = await keepAlive.waitFor(messages.failed)
    await keepAlive.waitFor(messages.renewed)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
    expect(failed).toMatchObject({ level: 'error', issuer: 'vault', nextAttemptAt: like(/Z$/) })
    expect(await renewals(scene)).toEqual({ success: 1, failure: 1, not_renewable: 0 })
    return failed
  }

  test.for([
    ['500', faults.status(500, 'internal error'), /internal error/],
    ['429', faults.throttled('1'), /throttles/],
    ['sealed', faults.status(503, 'Vault is sealed'), /is sealed/],
    ['a page', faults.html(502), /Bad Gateway/],
    ['a reset', faults.reset(), /connection closed/],
    ['an answer that is lost', faults.answerLost(), /connection closed/],
    ['half an answer', faults.cut(), /cut/],
    ['nothing', faults.noContent(), /204/],
    ['an empty object', faults.rewrite(() => ({})), /unknown form/],
    ['garbage', faults.garbage(), /not JSON/],
  ] as const)('is told, counted and tried again: %s', async ([, fault, cause], { scene }) => {
    expect((await recovers(scene, fault)).cause).toMatch(cause)
    expect(scene.vault.requestsTo(lookup)).toHaveLength(1)
  })

  test('by denial, of a token that lives, goes on after one look-up', async ({ scene }) => {
    expect((await recovers(scene, faults.status(403, 'permission denied'))).cause).toContain('permission denied')
    expect(scene.vault.requests.map(({ path }) => path)).toEqual([lookup, renewal, lookup, renewal])
  })

  test('tells what to do about a reply that cannot be read', async ({ scene }) => {
    expect((await recovers(scene, faults.garbage())).hint).toMatch(/\S/)
  })
})

describe.concurrent('a server that is away at the start', () => {
  test('is waited for', async ({ scene }) => {
    const port = await freePort()
    const vault = new FakeVault({ listen: { kind: 'http', port } })
    const { token } = await vault.createToken({ ttl: '1h' })
    const env = { VAULT_ADDR: `http://127.0.0.1:${port}`, VAULT_TOKEN: token }
    const keepAlive = await KeepAlive.start(scene, [], { env })
    const line = await keepAlive.waitFor(waiting)
    expect(line).toMatchObject({ level: 'warn', cause: containing('connection refused') })
    await vault.start()
    scene.atEnd(() => vault.stop())
    await keepAlive.waitFor(messages.started)
    await keepAlive.stop()
  })

  test('is told of once for each cause', async ({ scene }) => {
    scene.vault.faults.next(
      faults.status(503, 'Vault is sealed'),
      faults.status(503, 'Vault is sealed'),
      faults.status(500, 'internal error'),
    )
    const keepAlive = await KeepAlive.started(scene)
    const lines = keepAlive.log.filter(({ message }) => message === waiting)
    expect(lines.map(({ cause }) => cause)).toEqual([containing('is sealed'), containing('internal error')])
    await keepAlive.stop()
  })

  test.for([404, 405])('and answers %i is no Vault: 6', async (code, { scene }) => {
    scene.vault.faults.on(lookup, faults.status(code))
    const keepAlive = await KeepAlive.start(scene)
    expect(await keepAlive.ended).toMatchObject({ code: 6, stdout: '' })
    expect(scene.vault.requestsTo(lookup)).toHaveLength(1)
    expect(keepAlive.log.at(-1)).toMatchObject({ level: 'error' })
  })
})
