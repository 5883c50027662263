import { lstat, mkdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { describe, expect } from 'vitest'
import { status } from '../support/faults.ts'
import { FakePushGateway } from '../support/fake-push-gateway.ts'
import { parseSeries } from '../support/keep-alive-run.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { anyNumber, anyText, containing, near } from './support/matchers.ts'
import { listenRaw } from './support/ports.ts'
import { type Scene, test } from './support/scene.ts'

const renewal = 'auth/token/renew-self'

async function served(
  scene: Scene,
  token = scene.token,
): Promise<{ keepAlive: KeepAlive; ask: (path: string) => Promise<Response> }> {
  const env = { VAULT_TOKEN: token }
  const keepAlive = await KeepAlive.started(scene, ['--metrics-listen', '127.0.0.1:0'], { env })
  const { listen } = await keepAlive.waitFor('metrics are served')
  return { keepAlive, ask: (path) => fetch(`http://${String(listen)}${path}`) }
}

describe.concurrent('--metrics-listen', () => {
  test('serves every series of the surface from the first scrape, zeros included, and no other', async ({ scene }) => {
    const { keepAlive, ask } = await served(scene)
    const reply = await ask('/metrics')
    expect(reply.headers.get('content-type')).toContain('text/plain')
    const all = parseSeries(await reply.text())
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    const now = Date.now() / 1000
    expect(all).toEqual({
      'certctl_vault_token_renewals_total{result="success"}': 0,
      'certctl_vault_token_renewals_total{result="failure"}': 0,
      'certctl_vault_token_renewals_total{result="not_renewable"}': 0,
      'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': near(now + 3600, -2),
      'certctl_vault_token_next_renewal_timestamp_seconds{issuer="vault"}': near(now + 1800, -2),
      'certctl_vault_token_renewable{issuer="vault"}': 1,
      'certctl_vault_token_ends_soon{issuer="vault"}': 0,
      'certctl_vault_token_sinks_behind{issuer="vault"}': 0,
      [`certctl_build_info{version="${version}",node_version="${process.version}"}`]: 1,
    })
    await keepAlive.stop()
  })

  test('counts what was renewed and what failed', async ({ scene }) => {
    scene.vault.faults.on(renewal, status(500, 'internal error'), 1)
    const { keepAlive, ask } = await served(scene)
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect(parseSeries(await (await ask('/metrics')).text())).toMatchObject({
      'certctl_vault_token_renewals_total{result="success"}': 1,
      'certctl_vault_token_renewals_total{result="failure"}': 1,
      'certctl_vault_token_last_renewal_timestamp_seconds{issuer="vault"}': near(Date.now() / 1000, -2),
    })
    await keepAlive.stop()
  })

  test('says whether the loop is alive and the token good', async ({ scene }) => {
    const { keepAlive, ask } = await served(scene)
    for (const path of ['/healthz', '/readyz']) {
      const reply = await ask(path)
      expect([path, reply.status, await reply.json()]).toEqual([path, 200, expect.objectContaining({ ok: true })])
    }
    expect(await (await ask('/readyz')).json()).toMatchObject({
      issuers: [{ issuer: 'vault', ready: true, state: 'alive', expiresAt: anyText, nextRenewalAt: anyText }],
    })
    for (const path of ['/elsewhere', '/status']) expect([path, (await ask(path)).status]).toEqual([path, 404])
    await keepAlive.stop()
  })

  test('renews and answers while others hold connections open and say nothing, or little', async ({ scene }) => {
    const { keepAlive, ask } = await served(scene)
    const { port } = new URL((await ask('/healthz')).url)
    const hanging = Array.from({ length: 40 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined))
    hanging.forEach((socket, index) => index % 2 === 0 && socket.write('GET /metrics HTTP/1.1\r\nX-Slow: '))
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    await until(async () => (await ask('/metrics').catch(() => undefined))?.status === 200)
    hanging.forEach((socket) => socket.destroy())
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('is alive and not ready while the server is away', async ({ scene }) => {
    await scene.vault.seal()
    const keepAlive = await KeepAlive.start(scene, ['--metrics-listen', '127.0.0.1:0'])
    const { listen } = await keepAlive.waitFor('metrics are served')
    await keepAlive.waitFor('vault cannot be asked about the token yet')
    const statuses = await Promise.all(
      ['/healthz', '/readyz'].map(async (path) => (await fetch(`http://${String(listen)}${path}`)).status),
    )
    expect(statuses).toEqual([200, 503])
    await keepAlive.stop()
  })

  test('warns of a port that is taken, renews all the same, and takes the port once it is free', async ({ scene }) => {
    const taken = await listenRaw((socket) => socket.destroy())
    const keepAlive = await KeepAlive.started(scene, ['--metrics-listen', `127.0.0.1:${taken.port}`])
    expect(await keepAlive.waitFor('metrics cannot be served yet')).toMatchObject({
      level: 'warn',
      cause: containing('EADDRINUSE'),
    })
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    await taken.stop()
    await keepAlive.waitFor('metrics are served')
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })
})

describe.concurrent('--metrics-file', () => {
  test('holds the same series, for all to read', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene, ['--metrics-file', 'metrics.prom'])
    const read = async () => parseSeries(await readFile(scene.path('metrics.prom'), 'utf8').catch(() => ''))
    await until(async () => 'certctl_vault_token_renewable{issuer="vault"}' in (await read()))
    keepAlive.signal('SIGUSR2')
    await until(async () => (await read())['certctl_vault_token_renewals_total{result="success"}'] === 1)
    expect((await lstat(scene.path('metrics.prom'))).mode & 0o777).toBe(0o644)
    await keepAlive.stop()
  })

  test('that cannot be written is a warning', async ({ scene }) => {
    await mkdir(scene.path('metrics.prom'))
    const keepAlive = await KeepAlive.started(scene, ['--metrics-file', 'metrics.prom'])
    expect(await keepAlive.waitFor('the metrics file cannot be written')).toMatchObject({ level: 'warn' })
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('of issue has the series of issuing alone', async ({ scene }) => {
    const run = await scene.run(['issue', 'a.contract.test', '--metrics-file', 'metrics.prom'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const all = parseSeries(await readFile(scene.path('metrics.prom'), 'utf8'))
    expect(all).toMatchObject({
      'certctl_issuance_total{issuer_type="vault",outcome="success"}': 1,
      'certctl_issuance_duration_seconds_count{issuer_type="vault"}': 1,
      'certctl_certificate_not_after_timestamp_seconds{name="a.contract.test"}': anyNumber,
      'certctl_certificate_renewal_timestamp_seconds{name="a.contract.test"}': anyNumber,
    })
    expect(Object.keys(all).filter((name) => /vault_token|build_info/.test(name))).toEqual([])
  })

  test('of issue is written when it fails, too', async ({ scene }) => {
    const run = await scene.run(['issue', 'a.contract.test', '--role', 'nope', '--metrics-file', 'metrics.prom'])
    expect(run.code).toBe(4)
    expect(parseSeries(await readFile(scene.path('metrics.prom'), 'utf8'))).toMatchObject({
      'certctl_issuance_total{issuer_type="vault",outcome="failure"}': 1,
      'certctl_issuance_failures_total{issuer_type="vault",error_class="validation"}': 1,
    })
  })
})

describe.concurrent('--push-gateway', () => {
  async function gatewayOf(scene: Scene): Promise<FakePushGateway> {
    const gateway = await FakePushGateway.start()
    scene.atEnd(() => gateway.stop())
    return gateway
  }
  const group = `job/certctl/instance/${hostname()}/command/vault keep-alive`
  const unpushed = 'metrics cannot be pushed'

  test('has the series that are scraped, without the token and what Vault is asked with', async ({ scene }) => {
    const gateway = await gatewayOf(scene)
    const keepAlive = await KeepAlive.started(scene, ['--push-gateway', gateway.address])
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    const pushed = () => parseSeries(gateway.samples(group).join('\n'))
    await until(() => pushed()['certctl_vault_token_renewals_total{result="success"}'] === 1)
    expect(pushed()).toMatchObject({ 'certctl_vault_token_renewable{issuer="vault"}': 1 })
    expect(JSON.stringify(gateway.pushes)).not.toContain(scene.token)
    expect(gateway.pushes.flatMap(({ headers }) => Object.keys(headers)).filter((name) => /^x-/.test(name))).toEqual([])
    await keepAlive.stop()
  })

  test('has a group for the profiles that one process keeps', async ({ scene }) => {
    const gateway = await gatewayOf(scene)
    const file = await scene.write('token', scene.token)
    await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--token-file', file])
    const env = { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined }
    const args = ['--profile', 'prod', '--push-gateway', gateway.address]
    const keepAlive = await KeepAlive.started(scene, args, { env })
    await until(() => gateway.groups.includes(`${group}/profile/prod`))
    await keepAlive.stop()
  })

  test.for([
    ['is down', undefined],
    ['answers 500', 500],
    ['answers 400', 400],
    ['never answers', 0],
  ] as const)('that %s hurts neither the loop nor the end, and is told of once', async ([, code], { scene }) => {
    const gateway = await gatewayOf(scene)
    const { address } = gateway
    if (code === undefined) await gateway.stop()
    gateway.answer = (_, response) => {
      if (code !== 0) response.writeHead(code ?? 500).end('no\n')
      return true
    }
    const keepAlive = await KeepAlive.started(scene, ['--push-gateway', address])
    if (code !== 0) expect(await keepAlive.waitFor(unpushed)).toMatchObject({ level: 'warn', gateway: address })
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
    expect(keepAlive.told.filter((message) => message === unpushed).length).toBeLessThanOrEqual(1)
  })
})

describe.concurrent('several profiles', () => {
  /** Profiles of two servers, each with the path of a file for its token. */
  async function twoProfiles(scene: Scene, one: string | undefined, other: string | undefined): Promise<void> {
    for (const [name, token] of [
      ['one', one],
      ['other', other],
    ] as const) {
      const file = token === undefined ? [] : ['--token-file', await scene.write(name, token)]
      await scene.run(['profile', 'set', name, '--address', scene.vault.address, ...file])
    }
  }
  const both = ['--profile', 'one', '--profile', 'other']
  const env = { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined }

  test('are kept alive side by side until the last has ended', async ({ scene }) => {
    const second = await scene.createToken({ ttl: '2h' })
    await twoProfiles(scene, scene.token, second)
    const keepAlive = await KeepAlive.started(scene, both, { env })
    await keepAlive.waitFor(messages.started, { after: 1 })
    expect(keepAlive.log.map(({ issuer }) => issuer).toSorted()).toEqual(['one', 'other'])
    await scene.vault.revokeToken(scene.token)
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.waitFor(messages.expired)).toMatchObject({ issuer: 'one' })
    expect(await keepAlive.waitFor(messages.renewed)).toMatchObject({ issuer: 'other' })
    await scene.vault.revokeToken(second)
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.ended).toMatchObject({ code: 4 })
  })

  test('of which one has no token: the other is kept alive', async ({ scene }) => {
    await twoProfiles(scene, undefined, scene.token)
    const keepAlive = await KeepAlive.started(scene, both, { env })
    expect(keepAlive.log).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ level: 'error', issuer: 'one', cause: containing('token is required') }),
        expect.objectContaining({ message: messages.started, issuer: 'other' }),
      ]),
    )
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('have one series each', async ({ scene }) => {
    await twoProfiles(scene, scene.token, await scene.createToken({ ttl: '2h' }))
    const keepAlive = await KeepAlive.started(scene, [...both, '--metrics-listen', '127.0.0.1:0'], { env })
    await keepAlive.waitFor(messages.started, { after: 1 })
    const { listen } = await keepAlive.waitFor('metrics are served')
    expect(parseSeries(await (await fetch(`http://${String(listen)}/metrics`)).text())).toMatchObject({
      'certctl_vault_token_renewable{issuer="one"}': 1,
      'certctl_vault_token_renewable{issuer="other"}': 1,
      'certctl_vault_token_renewals_total{result="success"}': 0,
    })
    await keepAlive.stop()
  })

  test.for([
    [['--address', 'https://vault.test'], {}, /--address/],
    [[], { CERTCTL_VAULT_ADDR: 'https://vault.test' }, /CERTCTL_VAULT_ADDR/],
    [[], { CERTCTL_VAULT_TOKEN: 'hvs.x' }, /CERTCTL_VAULT_TOKEN/],
    [['--once'], {}, /--once/],
  ] as const)('refuse what would be the same for all: %j %j', async ([flags, variables, message], { scene }) => {
    await twoProfiles(scene, scene.token, scene.token)
    const run = await scene.run(['vault', 'keep-alive', ...both, ...flags], { env: { ...env, ...variables } })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(message)
  })
})

describe.concurrent('the log', () => {
  test('has text lines when it is told', async ({ scene }) => {
    const running = await scene.spawn(['vault', 'keep-alive', '--log-format', 'text'])
    expect(await running.waitForLine(/loop started/)).toMatch(
      /^\d\d:\d\d:\d\d INFO {2}vault token-renewal loop started {2}issuer=vault/,
    )
    running.kill()
    await running.ended
  })

  test('has the levels that journald reads when it is told', async ({ scene }) => {
    const running = await scene.spawn(['vault', 'keep-alive', '--log-format', 'journal'])
    expect(await running.waitForLine(/loop started/)).toMatch(/^<6>INFO/)
    running.kill()
    await running.ended
  })

  test('leaves out what is below its level', async ({ scene }) => {
    await scene.vault.revokeToken(scene.token)
    const keepAlive = await KeepAlive.start(scene, [], { env: { CERTCTL_LOG_LEVEL: 'error' } })
    await keepAlive.ended
    expect(keepAlive.told).toEqual([messages.expired])
  })

  test('escapes what a server says', async ({ scene }) => {
    scene.vault.faults.on(renewal, status(500, 'red \u001b[31malert\nforged line'), 1)
    const keepAlive = await KeepAlive.started(scene)
    keepAlive.signal('SIGUSR2')
    const { cause } = await keepAlive.waitFor(messages.failed)
    expect(cause).toContain(String.raw`red \u{1b}[31malert`)
    expect(cause).not.toMatch(/[\p{Cc}]/u)
    await keepAlive.stop()
  })
})
