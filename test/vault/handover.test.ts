import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { approles } from '../support/login-fixture.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { makeTestHost, type RunningCertctl, spawnCertctl, type TestHost } from '../support/run-certctl.ts'
import { makeLoginFixture } from './login-questions.ts'

describe.concurrent('tokens that change hands on a real Vault', () => {
  let server: RealVault

  beforeAll(async () => {
    server = await startRealVault()
    await makeLoginFixture(server)
  })

  afterAll(() => server.stop())

  async function newHost({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<TestHost> {
    const host = await makeTestHost()
    onTestFinished(() => host.remove())
    return host
  }

  async function keepAlive(
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    host: TestHost,
    args: readonly string[],
  ): Promise<RunningCertctl> {
    const env = { VAULT_ADDR: server.address, CERTCTL_LOG_FORMAT: 'json' }
    const running = await spawnCertctl(['vault', 'keep-alive', ...args], { host, env, timeout: 60_000 })
    onTestFinished(async () => {
      running.kill('SIGKILL')
      await running.ended
    })
    await running.waitForLine(/token-renewal loop started/)
    return running
  }

  async function replace(file: string, content: string): Promise<void> {
    await writeFile(`${file}.new`, content, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }

  const lookUp = (token: string) => server.request('GET', 'auth/token/lookup-self', undefined, token)

  it('one that is rotated on disk is taken over and renewed, one that is dead is refused', async (test) => {
    const host = await newHost(test)
    const file = join(host.workDir, 'token')
    const [first, second] = [await server.createToken({ ttl: '1h' }), await server.createToken({ ttl: '2h' })]
    await replace(file, first.token)
    const running = await keepAlive(test, host, ['--token-file', file])
    const dead = await server.createToken({ ttl: '1h' })
    await server.revokeToken(dead.token)
    await replace(file, dead.token)
    expect(await running.waitForLine(/the new credentials are refused/)).toContain('permission denied')
    await replace(file, second.token)
    await running.waitForLine(/vault token replaced/)
    expect(await running.waitForLine(/vault token renewed/)).toContain('"leaseSeconds":7200')
    expect((await lookUp(second.token)).json?.data).toHaveProperty('last_renewal_time')
    running.kill()
    const { stderr } = await running.ended
    for (const { token } of [first, second, dead]) expect(stderr).not.toContain(token)
  })

  it('one that is put there while the old one dies keeps the loop going', async (test) => {
    const host = await newHost(test)
    const file = join(host.workDir, 'token')
    const [first, second] = [
      await server.createToken({ ttl: '4s', explicitMaxTtl: '4s' }),
      await server.createToken({ ttl: '1h' }),
    ]
    await replace(file, first.token)
    const running = await keepAlive(test, host, ['--token-file', file])
    await wait(2500)
    await replace(file, second.token)
    await running.waitForLine(/vault token replaced/)
    await wait(3000)
    running.kill()
    const { code, stderr } = await running.ended
    expect(code).toBe(0)
    expect(stderr).not.toContain('vault token expired')
  })

  it('a sink gets one wrapped, which is unwrapped once, while keep-alive goes on renewing its own', async (test) => {
    const host = await newHost(test)
    const [sink, roleId] = ['sink', 'role-id'].map((name) => join(host.workDir, name)) as [string, string]
    await writeFile(roleId, approles.open!.roleId, { mode: 0o600 })
    const how = ['--auth', 'approle', '--role-id-file', roleId, '--sink', sink, '--wrap-ttl', '60s']
    const running = await keepAlive(test, host, how)
    const info = JSON.parse(await readFile(sink, 'utf8')) as { readonly token: string }
    expect(info).toMatchObject({ ttl: 60, creation_path: 'sys/wrapping/wrap' })
    const unwrap = () => server.request('PUT', 'sys/wrapping/unwrap', undefined, info.token)
    const token = String((await unwrap()).json?.data?.token)
    expect((await unwrap()).status).toBe(400)
    expect((await lookUp(token)).json?.data).toMatchObject({ display_name: 'approle' })
    running.kill('SIGUSR2')
    await running.waitForLine(/vault token renewed/)
    expect((await lookUp(token)).json?.data).toHaveProperty('last_renewal_time')
    running.kill()
    const { stderr } = await running.ended
    for (const secret of [token, info.token]) expect(stderr).not.toContain(secret)
  })

  it('a program uses the one that it was given', async (test) => {
    const host = await newHost(test)
    const file = join(host.workDir, 'token')
    const { token } = await server.createToken({ ttl: '1h' })
    await replace(file, token)
    const script = `fetch(process.env.VAULT_ADDR + '/v1/auth/token/lookup-self', {
      headers: { 'X-Vault-Token': process.env.VAULT_TOKEN } }).then(({ status }) => process.exit(status === 200 ? 42 : 1))`
    const running = await keepAlive(test, host, ['--token-file', file, '--', process.execPath, '-e', script])
    expect(await running.ended).toMatchObject({ code: 42 })
  })
})
