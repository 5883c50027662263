import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import * as faults from '../support/faults.ts'
import { parseSeries } from '../support/keep-alive-run.ts'
import { approles, users } from '../support/login-fixture.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { anyText, containing } from './support/matchers.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const secretId = approles.web!.secretId!
const { password } = users.ann!

/** No token but what a login gives. */
const withoutToken = { VAULT_TOKEN: undefined }
const loud = { ...withoutToken, CERTCTL_LOG_LEVEL: 'trace', DEBUG: '*', OCLIF_DEBUG: '1' }

async function approle(scene: Scene, role = 'web', secret: string | undefined = secretId): Promise<string[]> {
  const roleId = await scene.write(`role-id-${role}`, `${approles[role]!.roleId}\n`)
  const args = ['--auth', 'approle', '--role-id-file', roleId]
  if (approles[role]!.secretId === undefined) return args
  return [...args, '--secret-id-file', await scene.write('secret-id', `${secret}\n`)]
}

const read = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim()
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe.concurrent('vault login', () => {
  test('brings the token to its sinks, mode 0600, and shows it nowhere', async ({ scene }) => {
    const sinks = [scene.path('one'), scene.path('two')]
    const args = ['vault', 'login', ...(await approle(scene)), '--sink', 'one', '--sink', 'two']
    const run = await scene.run(args, { env: loud })
    expect(run).toMatchObject({ code: 0 })
    const token = await read(sinks[0]!)
    expect(scene.vault.token(token)).toMatchObject({ path: 'auth/approle/login', policies: ['default', 'pki'] })
    expect(await read(sinks[1]!)).toBe(token)
    expect(await Promise.all(sinks.map(modeOf))).toEqual([0o600, 0o600])
    for (const secret of [token, secretId]) expect(run.stdout + run.stderr).not.toContain(secret)
    expect(await readdir(scene.host.workDir)).toHaveLength(4)
  })

  test('has one JSON document, without the token', async ({ scene }) => {
    const run = await scene.run(['vault', 'login', ...(await approle(scene)), '--sink', 'one', '--json'], { env: loud })
    expect(run.json()).toMatchObject({
      schema: 1,
      action: 'logged-in',
      token: { displayName: 'approle', creationTtlSeconds: 3600, renewable: true },
      server: { address: scene.vault.address },
      warnings: [],
    })
    expect(run.stdout).not.toContain(await read(scene.path('one')))
  })

  test('prints the token alone when that is wanted', async ({ scene }) => {
    const run = await scene.run(['vault', 'login', ...(await approle(scene)), '--print-token'], { env: withoutToken })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^hvs\.\S+\n$/)
    expect(scene.vault.token(run.stdout.trim())).toBeDefined()
  })

  test('hands the token on wrapped, to each of its readers', async ({ scene }) => {
    const args = ['vault', 'login', ...(await approle(scene)), '--sink', 'one', '--sink', 'two', '--wrap-ttl', '2m']
    const run = await scene.run([...args, '--print-token'], { env: withoutToken })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const texts = [await read(scene.path('one')), await read(scene.path('two')), run.stdout.trim()]
    const tokens = new Set<unknown>()
    for (const text of texts) {
      const info = JSON.parse(text) as Record<string, unknown>
      expect(info).toMatchObject({ ttl: 120, creation_path: 'sys/wrapping/wrap' })
      const { json } = await scene.vault.request('PUT', 'sys/wrapping/unwrap', {}, String(info.token))
      tokens.add(json?.data?.token)
    }
    const [token] = tokens
    expect([tokens.size, scene.vault.token(String(token))?.path]).toEqual([1, 'auth/approle/login'])
    expect(texts.join()).not.toContain(token)
    expect(await modeOf(scene.path('one'))).toBe(0o600)
  })

  test('leaves no token behind that it could not wrap', async ({ scene }) => {
    scene.vault.faults.on(/wrapping/, faults.status(403, '1 error occurred:\n\t* permission denied\n\n'))
    const args = ['vault', 'login', ...(await approle(scene)), '--sink', 'one', '--wrap-ttl', '60s']
    expect(await refusal(scene, args, { env: withoutToken })).toMatchObject({ exitCode: 4 })
    expect(scene.vault.requestsTo('auth/token/revoke-self')).toHaveLength(1)
  })

  test('leaves no token behind that could not be printed, and says so with 7', async ({ scene }) => {
    const login = ['bin/certctl.cjs', 'vault', 'login', ...(await approle(scene)), '--print-token']
    const env = { HOME: scene.host.home, PATH: process.env.PATH, VAULT_ADDR: scene.vault.address }
    const run = promisify(execFile)('sh', ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, ...login], { env })
    await expect(run).rejects.toMatchObject({
      code: 7,
      stderr: 'error: standard output cannot be written: no space left on the disk\nhint: see what it is sent to\n',
    })
    expect(scene.vault.requestsTo('auth/token/revoke-self')).toHaveLength(1)
  })

  test('does not revoke the token that it gave', async ({ scene }) => {
    await scene.run(['vault', 'login', ...(await approle(scene)), '--sink', 'one'], { env: withoutToken })
    expect(scene.vault.requestsTo('auth/token/revoke-self')).toEqual([])
  })

  test('sends no other token along', async ({ scene }) => {
    await scene.run(['vault', 'login', ...(await approle(scene)), '--sink', 'one'])
    const [login] = scene.vault.requestsTo('auth/approle/login')
    expect(login?.headers).not.toHaveProperty('x-vault-token')
    expect(scene.vault.requests.map(({ headers }) => headers['x-vault-token'])).not.toContain(scene.token)
  })

  test('by a name and a password', async ({ scene }) => {
    const file = await scene.write('password', `${password}\n`)
    const args = ['--auth', 'userpass', '--username', 'ann', '--password-file', file, '--sink', 'one']
    expect(await scene.run(['vault', 'login', ...args], { env: loud })).toMatchObject({ code: 0 })
    expect(scene.vault.token(await read(scene.path('one')))).toMatchObject({ displayName: 'userpass-ann' })
  })

  test('by a wrapped secret id, which is unwrapped once', async ({ scene }) => {
    const wrapping = scene.vault.wrapping.wrap('auth/approle/role/web/secret-id', { secret_id: secretId })
    const roleId = await scene.write('role-id', approles.web!.roleId)
    const wrapped = await scene.write('wrapped', wrapping)
    const how = ['--auth', 'approle', '--auth-role', 'web', '--role-id-file', roleId]
    const args = ['vault', 'login', ...how, '--wrapped-secret-id-file', wrapped, '--sink', 'one']
    const run = await scene.run(args, { env: loud })
    expect(run).toMatchObject({ code: 0 })
    const again = await refusal(scene, args, { env: loud })
    expect(again).toMatchObject({ exitCode: 4 })
    expect(again.message).toContain('wrapping token is not valid or does not exist')
    expect(again.hint).toContain('wrap a new secret id')
    for (const output of [run.stdout + run.stderr, JSON.stringify(again)]) {
      for (const secret of [wrapping, secretId]) expect(output).not.toContain(secret)
    }
  })

  test('not by one that was made elsewhere', async ({ scene }) => {
    const wrapping = scene.vault.wrapping.wrap('sys/wrapping/wrap', { secret_id: 'planted' })
    const roleId = await scene.write('role-id', approles.web!.roleId)
    const wrapped = await scene.write('wrapped', wrapping)
    const how = ['--auth', 'approle', '--role-id-file', roleId, '--wrapped-secret-id-file', wrapped]
    const error = await refusal(scene, ['vault', 'login', ...how, '--sink', 'one'], { env: loud })
    expect(error).toMatchObject({ code: 'wrong-creation-path', exitCode: 4 })
    expect(scene.vault.requestsTo('sys/wrapping/unwrap')).toEqual([])
  })

  test.for([
    ['--auth is required', []],
    ['nobody would get the token', ['--auth', 'approle', '--role-id-file', 'x']],
    ['--auth approle needs --role-id-file', ['--auth', 'approle', '--sink', 'one']],
    ['--auth jwt needs --jwt-file', ['--auth', 'jwt', '--sink', 'one']],
    ['--auth kubernetes needs --auth-role', ['--auth', 'kubernetes', '--sink', 'one']],
    ['--auth userpass needs --username', ['--auth', 'userpass', '--sink', 'one']],
    ['there is no terminal', ['--auth', 'userpass', '--username', 'ann', '--sink', 'one']],
    ['needs a client certificate', ['--auth', 'cert', '--sink', 'one']],
    ['--auth-mount / is no path', ['--auth', 'approle', '--auth-mount', '/', '--role-id-file', 'x', '--sink', 'one']],
    ['--auth', ['--auth', 'github', '--sink', 'one']],
    ['--print-token does not go with --json', ['--auth', 'approle', '--role-id-file', 'x', '--print-token']],
    ['--wrap-ttl is less than', ['--auth', 'approle', '--role-id-file', 'x', '--sink', 'one', '--wrap-ttl', '500ms']],
    ['--sink-mode 0644', ['--auth', 'approle', '--role-id-file', 'x', '--sink', 'one', '--sink-mode', '0644']],
    ['--sink-mode 0044', ['--auth', 'approle', '--role-id-file', 'x', '--sink', 'one', '--sink-mode', '0044']],
    ['sink-mode', ['--auth', 'approle', '--role-id-file', 'x', '--print-token', '--sink-mode', '0600']],
    ['no such user', ['--auth', 'approle', '--role-id-file', 'x', '--sink', 'one', '--sink-owner', 'nobody-at-all']],
    ['no such group', ['--auth', 'approle', '--role-id-file', 'x', '--sink', 'one', '--sink-group', 'no-group-at-all']],
  ] as const)('is used wrongly: %s', async ([message, args], { scene }) => {
    const error = await refusal(scene, ['vault', 'login', ...args], { env: withoutToken })
    expect(error).toMatchObject({ exitCode: 2 })
    expect(error.message).toContain(message)
    expect(scene.vault.requests).toEqual([])
  })

  test.for([
    ['a wrong secret id', 'invalid role or secret ID', 4],
    ['no file', 'the secret id file', 3],
    ['an empty file', 'is empty', 3],
    ['a method that is not there', 'permission denied', 4],
    ['a sealed server', 'is sealed', 5],
    ['no Vault', 'is no Vault', 6],
    ['a reply that makes no sense', 'in an unknown form', 6],
    ['a token that may not look itself up', 'may not look itself up', 4],
  ] as const)('is refused for %s', async ([why, message, exitCode], { scene }) => {
    const role = why.startsWith('a token') ? 'blind' : 'web'
    const args = await approle(
      scene,
      role,
      why === 'an empty file' ? ' ' : why === 'a wrong secret id' ? 'x' : secretId,
    )
    if (why === 'no file') args.splice(-1, 1, scene.path('nowhere'))
    if (why === 'a method that is not there') args.push('--auth-mount', 'nope')
    if (why === 'a sealed server') await scene.vault.seal()
    if (why === 'no Vault') scene.vault.faults.on(/login/, faults.html(404, 'not here'))
    if (why === 'a reply that makes no sense') scene.vault.faults.on(/login/, faults.reply(200, {}, '{"auth":{}}'))
    const given = ['vault', 'login', ...args, '--sink', 'one', '--max-retries', '0']
    const error = await refusal(scene, given, { env: withoutToken })
    expect(error).toMatchObject({ exitCode })
    expect(error.message).toContain(message)
    expect(JSON.stringify(error)).not.toContain(secretId)
  })

  test.for([[], ['--json']] as const)('blanks what the server repeats of it %j', async (form, { scene }) => {
    const echo = faults.status(400, `no such secret id: ${secretId}`)
    scene.vault.faults.on(/login/, echo)
    const run = await scene.run(['vault', 'login', ...(await approle(scene)), '--sink', 'one', ...form], { env: loud })
    expect(run.code).toBe(4)
    expect(run.stdout + run.stderr).toContain('[redacted]')
    expect(run.stdout + run.stderr).not.toContain(secretId)
  })

  test.for([
    ['0640', 0o640],
    ['600', 0o600],
    ['0400', 0o400],
  ] as const)('gives a sink the mode %s', async ([mode, expected], { scene }) => {
    const args = ['vault', 'login', ...(await approle(scene)), '--sink', 'one', '--sink-mode', mode]
    expect(await scene.run(args, { env: withoutToken })).toMatchObject({ code: 0 })
    expect(await modeOf(scene.path('one'))).toBe(expected)
  })

  test.skipIf(process.getuid?.() !== 0)('gives a sink its owner and group', async ({ scene }) => {
    const owner = ['--sink-owner', '1234', '--sink-group', 'daemon']
    const args = ['vault', 'login', ...(await approle(scene)), '--sink', 'one', ...owner]
    expect(await scene.run(args, { env: withoutToken })).toMatchObject({ code: 0 })
    expect(await stat(scene.path('one'))).toMatchObject({ uid: 1234, gid: 1 })
  })

  test.for(['no directory', 'a link', 'a directory', 'a device'])(
    'is not begun when a sink is %s',
    async (what, { scene }) => {
      await mkdir(scene.path('directory'))
      await writeFile(scene.path('target'), 'old', { mode: 0o600 })
      await symlink('target', scene.path('link'))
      const paths = { 'no directory': 'nowhere/one', 'a link': 'link', 'a directory': 'directory' }
      const sink = (paths as Record<string, string>)[what] ?? '/dev/null'
      const error = await refusal(scene, ['vault', 'login', ...(await approle(scene)), '--sink', sink], {
        env: withoutToken,
      })
      expect(error.exitCode).toBe(7)
      expect(scene.vault.requests).toEqual([])
    },
  )
})

describe.concurrent('keep-alive that logs in', () => {
  const newToken = 'vault login gave a new token'

  test('begins with a login, keeps secrets out of its log, and leaves the sink as it is', async ({ scene }) => {
    const args = [...(await approle(scene)), '--sink', 'one']
    const keepAlive = await KeepAlive.started(scene, args, { env: { ...withoutToken, CERTCTL_LOG_LEVEL: 'trace' } })
    expect(keepAlive.told).toContain(newToken)
    const token = await read(scene.path('one'))
    const run = await keepAlive.stop()
    expect(run).toMatchObject({ code: 0, stdout: '' })
    for (const secret of [token, secretId]) expect(run.stderr).not.toContain(secret)
    expect(scene.vault.token(token)).toBeDefined()
  })

  test('begins with the token of its sink while that is good', async ({ scene }) => {
    await writeFile(scene.path('one'), `${scene.token}\n`, { mode: 0o600 })
    const args = [...(await approle(scene)), '--sink', 'one', '--sink', 'two', '--sink-mode', '0640']
    const keepAlive = await KeepAlive.started(scene, args, { env: withoutToken })
    await until(async () => (await read(scene.path('two')).catch(() => '')) === scene.token)
    expect(scene.vault.requestsTo('auth/approle/login')).toEqual([])
    expect(keepAlive.log.filter(({ level }) => level !== 'info')).toEqual([])
    expect(await modeOf(scene.path('one'))).toBe(0o640)
    await keepAlive.stop()
  })

  test('logs in when the token of its sink is dead', async ({ scene }) => {
    await writeFile(scene.path('one'), 'hvs.dead\n', { mode: 0o600 })
    const keepAlive = await KeepAlive.started(scene, [...(await approle(scene)), '--sink', 'one'], {
      env: withoutToken,
    })
    expect(scene.vault.token(await read(scene.path('one')))).toBeDefined()
    expect(keepAlive.told).not.toContain(messages.expired)
    await keepAlive.stop()
  })

  test.for(['short', 'batch'])('always has a good token in its sink: %s', async (role, { scene }) => {
    const sink = scene.path('one')
    const keepAlive = await KeepAlive.started(scene, [...(await approle(scene, role)), '--sink', 'one'], {
      env: withoutToken,
    })
    const seen = new Set<string>()
    for (const end = performance.now() + 16_000; performance.now() < end; await wait(50)) {
      const token = await read(sink)
      seen.add(token)
      expect({ token, isGood: scene.vault.token(token) !== undefined }).toEqual({ token, isGood: true })
    }
    expect(seen.size).toBeGreaterThanOrEqual(3)
    expect(seen.size).toBeLessThanOrEqual(6)
    for (const message of [messages.notRenewable, messages.expired, messages.capped]) {
      expect(keepAlive.told).not.toContain(message)
    }
    expect(await scene.run(['vault', 'keep-alive', '--status'])).toMatchObject({ code: 0 })
    await keepAlive.stop()
  })

  test('renews its own token while its readers get wrapped ones', async ({ scene }) => {
    const args = [...(await approle(scene)), '--sink', 'one', '--wrap-ttl', '5m']
    const keepAlive = await KeepAlive.started(scene, args, { env: withoutToken })
    const info = JSON.parse(await read(scene.path('one'))) as Record<string, string>
    const { json } = await scene.vault.request('PUT', 'sys/wrapping/unwrap', {}, info.token)
    const token = String(json?.data?.token)
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect(scene.vault.requestsTo('auth/token/renew-self').at(-1)?.headers['x-vault-token']).toBe(token)
    const run = await keepAlive.stop()
    for (const secret of [token, info.token!]) expect(run.stderr).not.toContain(secret)
    const again = await KeepAlive.started(scene, args, { env: withoutToken })
    expect(again.told).toContain(newToken)
    await again.stop()
  })

  test('logs in again on SIGHUP, with what the files hold by then', async ({ scene }) => {
    const args = [...(await approle(scene, 'web', 'wrong')), '--sink', 'one']
    await writeFile(scene.path('one'), `${scene.token}\n`, { mode: 0o600 })
    const keepAlive = await KeepAlive.started(scene, args, { env: withoutToken })
    keepAlive.signal('SIGHUP')
    const refused = await keepAlive.waitFor('the new credentials are refused; the old ones go on')
    expect(refused.cause).toContain('invalid role or secret ID')
    await scene.write('secret-id', secretId)
    keepAlive.signal('SIGHUP')
    await keepAlive.waitFor(newToken)
    await until(async () => (await read(scene.path('one'))) !== scene.token)
    await keepAlive.stop()
  })

  test('stops in the middle of a login', async ({ scene }) => {
    scene.vault.faults.on(/login/, faults.silence())
    const keepAlive = await KeepAlive.start(scene, await approle(scene), { env: withoutToken })
    await until(() => scene.vault.requestsTo('auth/approle/login').length > 0)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('waits for a server that is away, and says so before it asks again', async ({ scene }) => {
    await scene.vault.seal()
    const keepAlive = await KeepAlive.start(scene, await approle(scene), { env: withoutToken })
    expect(await keepAlive.waitFor('vault login failed; the token cannot be replaced yet')).toMatchObject({
      level: 'error',
      code: 'sealed',
    })
    expect(scene.vault.requestsTo('auth/approle/login')).toHaveLength(1)
    await scene.vault.unseal()
    await keepAlive.waitFor(messages.started)
    await keepAlive.stop()
  })

  test('ends with 4 when the login is refused and there is no good token', async ({ scene }) => {
    const keepAlive = await KeepAlive.start(scene, await approle(scene, 'web', 'wrong'), { env: withoutToken })
    expect((await keepAlive.ended).code).toBe(4)
  })

  test('goes on with the others when a sink cannot be written, and says so once', async ({ scene }) => {
    await mkdir(scene.path('dir'))
    const args = [...(await approle(scene)), '--sink', 'dir/one', '--sink', 'two']
    await scene.vault.seal()
    const keepAlive = await KeepAlive.start(scene, args, { env: withoutToken })
    await keepAlive.waitFor('vault login failed; the token cannot be replaced yet')
    await symlink('elsewhere', scene.path('dir', 'one'))
    await scene.vault.unseal()
    expect(await keepAlive.waitFor('vault token cannot be written; its readers keep the old one')).toMatchObject({
      level: 'error',
      path: scene.path('dir', 'one'),
    })
    await until(async () => (await read(scene.path('two')).catch(() => '')) !== '')
    await keepAlive.stop()
  })

  test('is not ready while a sink does not have the token, and is once it has', async ({ scene }) => {
    const args = [...(await approle(scene)), '--sink', 'one', '--metrics-listen', '127.0.0.1:0']
    await scene.vault.seal()
    const keepAlive = await KeepAlive.start(scene, args, { env: withoutToken })
    await keepAlive.waitFor('vault login failed; the token cannot be replaced yet')
    await symlink('elsewhere', scene.path('one'))
    await scene.vault.unseal()
    await keepAlive.waitFor(messages.started)
    const ask = () => scene.run(['vault', 'keep-alive', '--status', '--json'])
    const { listen } = await keepAlive.waitFor('metrics are served')
    const ready = () => fetch(`http://${String(listen)}/readyz`)
    const behind = async () => {
      const series = parseSeries(await (await fetch(`http://${String(listen)}/metrics`)).text())
      return series['certctl_vault_token_sinks_behind{issuer="vault"}']
    }
    expect(await behind()).toBe(1)
    const lastError = { code: anyText, message: containing(scene.path('one')) }
    const issuers = [{ state: 'alive', reason: 'sink-not-written', lastError }]
    const answer = await ready()
    expect([answer.status, await answer.json()]).toMatchObject([503, { ok: false, issuers }])
    const asked = await ask()
    expect([asked.code, asked.json()]).toMatchObject([8, { ready: false, issuers }])
    await rm(scene.path('one'))
    await until(async () => (await ready()).status === 200)
    expect(await ask()).toMatchObject({ code: 0 })
    expect(await behind()).toBe(0)
    expect(scene.vault.token(await read(scene.path('one')))).toBeDefined()
    await keepAlive.stop()
  })

  test.for([
    ['--secret-id-file goes with --auth', ['--secret-id-file', 'x']],
    ['--sink goes with --auth', ['--sink', 'one']],
    ['--auth', ['--auth', 'approle', '--role-id-file', 'x', '--once']],
    ['auth', ['--keep-old']],
    ['--wrap-ttl goes with --auth', ['--wrap-ttl', '60s']],
    ['there is none', ['--auth', 'approle', '--role-id-file', 'x', '--wrap-ttl', '60s']],
  ] as const)('is used wrongly: %s', async ([message, args], { scene }) => {
    const error = await refusal(scene, ['vault', 'keep-alive', ...args])
    expect(error).toMatchObject({ exitCode: 2 })
    expect(error.message).toContain(message)
  })

  test('does not log in for several profiles', async ({ scene }) => {
    for (const name of ['one', 'two']) {
      await scene.run(['profile', 'set', name, '--address', scene.vault.address])
    }
    const profiles = ['--profile', 'one', '--profile', 'two']
    const env = { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined }
    const run = await scene.run(['vault', 'keep-alive', ...(await approle(scene)), ...profiles, '--json'], { env })
    expect(run).toMatchObject({ code: 2 })
    expect(run.stdout).toContain('several profiles')
  })
})

test.skipIf(process.getuid?.() === 0)('a sink in a directory that is not ours is refused', async ({ scene }) => {
  await mkdir(scene.path('closed'))
  await chmod(scene.path('closed'), 0o500)
  const args = ['vault', 'login', ...(await approle(scene)), '--sink', 'closed/one']
  expect(await refusal(scene, args, { env: withoutToken })).toMatchObject({ exitCode: 7, code: 'permission-denied' })
})
