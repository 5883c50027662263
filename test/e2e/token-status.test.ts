import { describe, expect } from 'vitest'
import * as faults from '../support/faults.ts'
import type { TokenOptions } from '../support/vault-server.ts'
import { anyNumber, containing, like, near } from './support/matchers.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const status = ['vault', 'token-status']
const time = like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

interface Document {
  readonly token: Record<string, unknown>
  readonly renewal: Record<string, unknown>
  readonly server: Record<string, unknown>
}

async function ask(scene: Scene, token: string): Promise<Document> {
  const run = await scene.run([...status, '--json'], { env: { VAULT_TOKEN: token } })
  expect(run).toMatchObject({ code: 0, stderr: '' })
  expect(run.stdout).not.toContain(token)
  return run.json() as unknown as Document
}

const service = {
  accessor: like(/^\w+$/),
  displayName: 'token',
  type: 'service',
  policies: ['default', 'pki'],
  ttlSeconds: near(3600, -2),
  expiresAt: time,
  renewable: true,
  creationTtlSeconds: 3600,
  periodSeconds: null,
  explicitMaxTtlSeconds: null,
  usesLeft: null,
  orphan: false,
  issuedAt: time,
}

const none = { lastPossibleAt: null, endsAt: null, isInferred: false }

const cases: readonly (readonly [string, TokenOptions, object, object])[] = [
  [
    'a service token, whose mount has a maximum',
    { ttl: '1h' },
    {},
    {
      verdict: 'renewable',
      nextRenewalAt: time,
      lastUsefulRenewalAt: time,
      lastPossibleAt: time,
      endsAt: time,
      endReason: 'mount-max-ttl',
      isInferred: false,
    },
  ],
  [
    'a batch token',
    { ttl: '1h', type: 'batch' },
    { type: 'batch', accessor: null, renewable: false },
    { verdict: 'not-renewable', nextRenewalAt: null, lastPossibleAt: null },
  ],
  [
    'a token that is not renewable',
    { ttl: '1h', renewable: false },
    { renewable: false },
    { verdict: 'not-renewable', nextRenewalAt: null },
  ],
  [
    'a periodic child',
    { period: '1h' },
    { periodSeconds: 3600 },
    { verdict: 'renewable', ...none, endReason: 'parent' },
  ],
  [
    'a periodic orphan',
    { period: '1h', orphan: true },
    { orphan: true, periodSeconds: 3600 },
    { verdict: 'renewable', ...none, endReason: 'period' },
  ],
  [
    'a token of few uses',
    { ttl: '1h', numUses: 3 },
    { usesLeft: 2 },
    { verdict: 'renewable', ...none, endReason: 'uses-left' },
  ],
  ['an orphan', { ttl: '1h', orphan: true }, { orphan: true }, { verdict: 'renewable' }],
  [
    'a token with an explicit maximum far off',
    { ttl: '1h', explicitMaxTtl: '12h' },
    { explicitMaxTtlSeconds: 43_200 },
    { verdict: 'renewable', lastPossibleAt: time },
  ],
  [
    'a token with an explicit maximum near',
    { ttl: '1h', explicitMaxTtl: '1h' },
    { explicitMaxTtlSeconds: 3600 },
    { verdict: 'capped', lastPossibleAt: time },
  ],
]

describe.concurrent('token-status shows', () => {
  test.for(cases)('%s', async ([, options, token, renewal], { scene }) => {
    const document = await ask(scene, await scene.createToken(options))
    expect(document).toMatchObject({
      schema: 1,
      token: { ...service, ...token },
      renewal: { advice: like(/\S/), ...renewal },
      server: { address: scene.vault.address, version: '1.21.0' },
    })
  })

  test('no end where the token may not know the maximum of its mount', async ({ scene }) => {
    scene.vault.faults.on('sys/internal/ui/mounts/auth/token/create', faults.status(403, 'permission denied'))
    const document = await ask(scene, await scene.createToken({ ttl: '1h', orphan: true }))
    expect(document).toMatchObject({ renewal: { verdict: 'renewable', ...none, endReason: 'none' }, warnings: [] })
  })

  test('a root token: it never expires', async ({ scene }) => {
    expect(await ask(scene, scene.vault.rootToken)).toMatchObject({
      token: {
        policies: ['root'],
        ttlSeconds: 0,
        expiresAt: null,
        renewable: false,
        creationTtlSeconds: 0,
        orphan: true,
      },
      renewal: { verdict: 'never-expires', nextRenewalAt: null, lastPossibleAt: null },
    })
  })

  test('a token whose end is near: renew it now', async ({ scene }) => {
    const token = await scene.createToken({ ttl: '1h' })
    scene.vault.token(token)!.expiresAt = new Date(Date.now() + 600_000)
    const { renewal } = await ask(scene, token)
    expect(renewal).toMatchObject({
      verdict: 'expiring',
      advice: containing('keep-alive --once'),
    })
  })

  test('a token that was renewed, and when', async ({ scene }) => {
    const token = await scene.createToken({ ttl: '1h' })
    await scene.vault.request('POST', 'auth/token/renew-self', { increment: '1h' }, token)
    expect((await ask(scene, token)).token).toMatchObject({ lastRenewalAt: time })
  })

  test('all of it in words', async ({ scene }) => {
    const token = await scene.createToken({ ttl: '1h', explicitMaxTtl: '12h', displayName: 'ci', numUses: 5 })
    const run = await scene.run(status, { env: { VAULT_TOKEN: token } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^renewable: keep it alive with: certctl vault keep-alive/)
    // Vault cuts the TTL off from a rounded now.
    expect(run.stdout).toMatch(/^ +left +(?:1h|59m [\d.]+s|59m), until /m)
    for (const text of ['token-ci', 'service', 'default, pki', 'explicit max TTL 12h', '4 uses left']) {
      expect(run.stdout).toContain(text)
    }
    expect(run.stdout).not.toContain(token)
  })

  test('the warnings of the server, once and printable', async ({ scene }) => {
    scene.vault.faults.on('auth/token/lookup-self', async ({ answer, send }) => {
      const reply = await answer()
      const document = JSON.parse(String(reply.body)) as object
      const warnings = ['mind the \u001b[31mgap', 'mind the \u001b[31mgap']
      send({ ...reply, body: JSON.stringify({ ...document, warnings }) })
    })
    const run = await scene.run([...status, '--json'])
    expect(run.json()).toMatchObject({ warnings: [String.raw`mind the \u{1b}[31mgap`] })
    expect(run.stderr).toBe('warning: mind the \\u{1b}[31mgap\n')
  })
})

describe.concurrent('--min-ttl', () => {
  test.for([
    ['30m', 0],
    ['2h', 8],
    ['7200', 8],
  ] as const)('%s is answered with %i', async ([wanted, code], { scene }) => {
    const run = await scene.run([...status, '--min-ttl', wanted, '--json'])
    expect(run).toMatchObject({ code, stderr: '' })
    expect(run.json()).toMatchObject({ token: { ttlSeconds: anyNumber } })
  })

  test('is less than what a token has that never expires', async ({ scene }) => {
    const env = { VAULT_TOKEN: scene.vault.rootToken }
    expect(await scene.run([...status, '--min-ttl', '3650d'], { env })).toMatchObject({ code: 0 })
  })
})

describe.concurrent('a token that is denied is 4', () => {
  test('dead', async ({ scene }) => {
    await scene.vault.revokeToken(scene.token)
    const error = await refusal(scene, status)
    expect(error).toMatchObject({ exitCode: 4, code: 'denied', status: 403 })
    expect(error.message).toContain('permission denied; invalid token')
    expect(scene.vault.requests.filter(({ path }) => path.startsWith('auth/'))).toHaveLength(1)
  })

  test('alive, without the policy to look itself up', async ({ scene }) => {
    const token = await scene.createToken({ noDefaultPolicy: true })
    const error = await refusal(scene, status, { env: { VAULT_TOKEN: token } })
    expect(error).toMatchObject({ exitCode: 4, code: 'denied' })
    expect(error.hint).toContain('policy')
  })

  test('unknown', async ({ scene }) => {
    const env = { VAULT_TOKEN: 'hvs.of-nobody' }
    expect(await refusal(scene, status, { env })).toMatchObject({ exitCode: 4 })
  })
})

describe.concurrent('keep-alive --once', () => {
  const once = ['vault', 'keep-alive', '--once', '--json']

  test('looks up once, renews once, and shows what the token is then', async ({ scene }) => {
    scene.vault.token(scene.token)!.expiresAt = new Date(Date.now() + 600_000)
    const run = await scene.run(once)
    expect(run.code).toBe(0)
    expect(run.json()).toMatchObject({
      schema: 1,
      action: 'renewed',
      token: { ...service, lastRenewalAt: time },
      renewal: { verdict: 'renewable', nextRenewalAt: time },
      server: { address: scene.vault.address },
    })
    const paths = scene.vault.requests.map(({ method, path }) => `${method} ${path}`)
    expect(paths.filter((path) => path.includes('auth/'))).toEqual([
      'GET auth/token/lookup-self',
      'POST auth/token/renew-self',
      'GET sys/internal/ui/mounts/auth/token/create',
    ])
    expect(run.stderr).toContain('vault token renewed')
  })

  test('has the keys of token-status and an action', async ({ scene }) => {
    const [renewed, shown] = await Promise.all([scene.run(once), scene.run([...status, '--json'])])
    const keys = (document: Record<string, unknown>) =>
      [document, document.token, document.renewal, document.server].map((part) => Object.keys(part as object))
    const [top, ...parts] = keys(renewed.json())
    const [shownTop, ...shownParts] = keys(shown.json())
    expect(top!.filter((key) => key !== 'action').toSorted()).toEqual(shownTop!.toSorted())
    expect(parts).toEqual(shownParts)
  })

  test('of a root token finds nothing to renew', async ({ scene }) => {
    const run = await scene.run(once, { env: { VAULT_TOKEN: scene.vault.rootToken } })
    expect(run.code).toBe(0)
    expect(run.json()).toMatchObject({ action: 'nothing-to-renew', renewal: { verdict: 'never-expires' } })
    expect(run.stderr).not.toMatch(/warn|error/i)
    expect(scene.vault.requestsTo('auth/token/renew-self')).toEqual([])
  })

  test('says in the log what came of it, and nothing on standard output without --json', async ({ scene }) => {
    const line = (text: string): unknown => expect.stringContaining(`"message":"${text}"`)
    const once = ['vault', 'keep-alive', '--once']
    const renewed = await scene.run(once)
    expect(renewed).toMatchObject({ code: 0, stdout: '', stderr: line('vault token renewed') })
    const env = { VAULT_TOKEN: 'hvs.of-nobody' }
    const denied = await scene.run(once, { env })
    expect(denied).toMatchObject({ code: 4, stdout: '', stderr: line('vault token expired') })
    expect(denied.stderr).toMatch(/"level":"error".*"reason":"revoked"/)
    expect((await scene.run([...once, '--json'], { env })).stderr).toMatch(
      /^\{.*"message":"vault token expired".*\}\n$/,
    )
  })

  test('asks for the increment', async ({ scene }) => {
    await scene.run([...once, '--increment', '2h'])
    expect(scene.vault.requestsTo('auth/token/renew-self').map(({ json }) => json)).toEqual([{ increment: 7200 }])
  })

  test.for([
    ['a batch token', { type: 'batch', ttl: '1h' }],
    ['a token that is not renewable', { renewable: false, ttl: '1h' }],
  ] as const)('is 4 for %s', async ([, options], { scene }) => {
    const token = await scene.createToken(options)
    const error = await refusal(scene, once.slice(0, 3), { env: { VAULT_TOKEN: token } })
    expect(error).toMatchObject({ exitCode: 4, code: 'not-renewable' })
    expect(scene.vault.requestsTo('auth/token/renew-self')).toEqual([])
  })

  test('is 4 for a dead token, 5 for a sealed server, 6 for what is no Vault', async ({ scene }) => {
    const run = (...args: readonly string[]) =>
      refusal(scene, ['vault', 'keep-alive', '--once', '--max-retries', '0', ...args])
    expect(await run('--address', `${scene.vault.address}/somewhere`)).toMatchObject({ exitCode: 6 })
    await scene.vault.revokeToken(scene.token)
    expect(await run()).toMatchObject({ exitCode: 4 })
    await scene.vault.seal()
    expect(await run()).toMatchObject({ exitCode: 5, code: 'sealed' })
  })
})
