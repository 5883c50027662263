import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { ApproleLogin } from '../../src/connectors/vault/login/approle-login.ts'
import { Logins } from '../../src/connectors/vault/login/logins.ts'
import { VaultClient } from '../../src/connectors/vault/vault-client.ts'
import { readCredential } from '../../src/config/credential-file.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Duration } from '../../src/core/duration.ts'
import { Secret } from '../../src/core/secret.ts'
import { createHttpClient } from '../../src/http/fetch-client.ts'
import { askVault } from '../support/ask-vault.ts'
import { approles, users } from '../support/login-fixture.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { type TestHost, makeTestHost, type Run, runCertctl, spawnCertctl } from '../support/run-certctl.ts'
import { makeLoginFixture } from './login-questions.ts'

/** A machine without any token. */
async function newHost({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<TestHost> {
  const host = await makeTestHost()
  onTestFinished(() => host.remove())
  return host
}

async function put(host: TestHost, name: string, content: string): Promise<string> {
  const path = join(host.workDir, name)
  await writeFile(path, content, { mode: 0o600 })
  return path
}

describe.concurrent('logins on a real Vault', () => {
  let server: RealVault

  beforeAll(async () => {
    server = await startRealVault({ tls: true })
    await makeLoginFixture(server)
  })

  afterAll(() => server.stop())

  const env = (level = 'trace') => ({
    VAULT_ADDR: server.address,
    VAULT_CACERT: server.caFile,
    CERTCTL_LOG_LEVEL: level,
    CERTCTL_LOG_FORMAT: 'json',
  })

  async function logIn(host: TestHost, args: readonly string[]): Promise<Run & { readonly sink: string }> {
    const sink = join(host.workDir, 'vault-token')
    const run = await runCertctl(['vault', 'login', ...args, '--sink', sink, '--json'], { host, env: env() })
    return { ...run, sink: (await readFile(sink, 'utf8').catch(() => '')).trim() }
  }

  async function expectGood(run: Run & { readonly sink: string }, displayName: string): Promise<void> {
    expect(run).toMatchObject({ code: 0 })
    expect(run.stdout + run.stderr).not.toContain(run.sink)
    const looked = await server.request('GET', 'auth/token/lookup-self', undefined, run.sink)
    expect(looked.json?.data).toMatchObject({ display_name: displayName })
  }

  it('by approle, with a secret id and without', async (test) => {
    const host = await newHost(test)
    const roleId = await put(host, 'role-id', approles.web!.roleId)
    const secretId = await put(host, 'secret-id', approles.web!.secretId!)
    const args = ['--auth', 'approle', '--role-id-file', roleId]
    await expectGood(await logIn(host, [...args, '--secret-id-file', secretId]), 'approle')
    expect((await logIn(host, args)).json()).toMatchObject({
      error: {
        exitCode: 4,
        message: 'the approle login at auth/approle refuses the request: missing secret_id',
      },
    })
    await put(host, 'role-id', approles.open!.roleId)
    await expectGood(await logIn(host, args), 'approle')
    await put(host, 'role-id', approles.blind!.roleId)
    expect((await logIn(host, args)).json()).toMatchObject({ error: { exitCode: 4, code: 'unusable-token' } })
  })

  async function wrapped(path: string, body: unknown = {}): Promise<string> {
    const headers = { 'X-Vault-Wrap-TTL': '60s' }
    const question = { method: 'POST', path: `/v1/${path}`, body, headers, token: server.rootToken }
    const reply = await askVault(server.address, { ...question, tls: { rejectUnauthorized: false } })
    return (reply.json?.wrap_info as { token: string }).token
  }

  it('by approle with a wrapped secret id, once, and only from where it should be', async (test) => {
    const host = await newHost(test)
    const roleId = await put(host, 'role-id', approles.web!.roleId)
    const path = await put(host, 'wrapped', await wrapped('auth/approle/role/web/secret-id'))
    const how = ['--auth', 'approle', '--role-id-file', roleId, '--wrapped-secret-id-file', path, '--auth-role', 'web']
    await expectGood(await logIn(host, how), 'approle')
    expect((await logIn(host, how)).json()).toMatchObject({ error: { exitCode: 4, code: 'rejected' } })
    const planted = await wrapped('sys/wrapping/wrap', { secret_id: 'planted' })
    await put(host, 'wrapped', planted)
    expect((await logIn(host, how)).json()).toMatchObject({ error: { exitCode: 4, code: 'wrong-creation-path' } })
    await server.must('POST', 'auth/approle/role/other', { bind_secret_id: true })
    await put(host, 'wrapped', await wrapped('auth/approle/role/other/secret-id'))
    expect((await logIn(host, how)).json()).toMatchObject({ error: { code: 'wrong-creation-path' } })
    const left = await server.request('POST', 'sys/wrapping/unwrap', {}, planted)
    expect(left.json?.data).toEqual({ secret_id: 'planted' })
  })

  it('by name and password', async (test) => {
    const host = await newHost(test)
    const file = await put(host, 'password', `${users.ann!.password}\n`)
    const how = ['--auth', 'userpass', '--username', 'ann', '--password-file', file]
    await expectGood(await logIn(host, how), 'userpass-ann')
    await put(host, 'password', 'wrong')
    expect((await logIn(host, how)).json()).toMatchObject({
      error: { exitCode: 4, message: expect.stringContaining('invalid username or password') as string },
    })
  })

  it('by the certificate of the connection', async (test) => {
    const host = await newHost(test)
    await server.must('POST', 'sys/auth/cert', { type: 'cert' })
    const { data } = await server.must('POST', 'pki/issue/all-ec', { common_name: 'client.test', ttl: '1h' })
    const { certificate, private_key: key, issuing_ca: ca } = data as Record<string, string>
    await server.must('POST', 'auth/cert/certs/web', { certificate: ca, allowed_common_names: ['client.test'] })
    const files = [
      '--client-cert',
      await put(host, 'c.pem', certificate!),
      '--client-key',
      await put(host, 'k.pem', key!),
    ]
    await expectGood(await logIn(host, ['--auth', 'cert', ...files]), 'cert-web')
    await expectGood(await logIn(host, ['--auth', 'cert', '--auth-role', 'web', ...files]), 'cert-web')
    expect((await logIn(host, ['--auth', 'cert', '--auth-role', 'nope', ...files])).json()).toMatchObject({
      error: { exitCode: 4 },
    })
  })

  it('by a signed token, which is read afresh', async (test) => {
    const host = await newHost(test)
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keys = [publicKey.export({ type: 'spki', format: 'pem' }).toString()]
    await server.must('POST', 'sys/auth/team/ci', { type: 'jwt' })
    await server.must('POST', 'auth/team/ci/config', { jwt_validation_pubkeys: keys })
    const role = { role_type: 'jwt', user_claim: 'sub', bound_audiences: ['vault'], token_policies: ['pki'] }
    await server.must('POST', 'auth/team/ci/role/build', role)
    const jwt = await put(host, 'jwt', signedToken(privateKey, 'vault'))
    const how = ['--auth', 'jwt', '--auth-mount', 'auth/team/ci/', '--auth-role', 'build', '--jwt-file', jwt]
    await expectGood(await logIn(host, how), 'team-ci-builder')
    const other = signedToken(privateKey, 'elsewhere')
    await put(host, 'jwt', other)
    const refused = await logIn(host, how)
    expect(refused.json()).toMatchObject({ error: { exitCode: 4 } })
    expect(refused.stdout + refused.stderr).not.toContain(other)
  })

  it.each(['short', 'batch'])(
    'one good token after the other, for a reader that uses it all the time: %s',
    async (role) => {
      const host = await makeTestHost()
      const sink = join(host.workDir, 'vault-token')
      const roleId = await put(host, 'role-id', approles[role]!.roleId)
      const args = ['vault', 'keep-alive', '--auth', 'approle', '--role-id-file', roleId, '--sink', sink]
      const running = await spawnCertctl(args, { host, env: env('info'), timeout: 60_000 })
      try {
        await running.waitForLine(/token-renewal loop started/)
        const seen = new Set<string>()
        for (const end = performance.now() + 25_000; performance.now() < end; await wait(100)) {
          const token = (await readFile(sink, 'utf8')).trim()
          seen.add(token)
          const { status } = await server.request('GET', 'auth/token/lookup-self', undefined, token)
          expect({ status, seen: seen.size }).toEqual({ status: 200, seen: seen.size })
        }
        expect(seen.size).toBeGreaterThan(3)
        expect(seen.size).toBeLessThan(8)
        running.kill()
        const run = await running.ended
        expect(run).toMatchObject({ code: 0, stdout: '' })
        for (const token of seen) expect(run.stderr).not.toContain(token)
        expect(run.stderr).not.toMatch(/"level":"error"|not renewable|nears its max TTL/)
      } finally {
        running.kill('SIGKILL')
        await running.ended
        await host.remove()
      }
    },
  )

  it('a superseded token lives for the grace and is revoked then; the one that was there before is not', async (test) => {
    const host = await newHost(test)
    const { token: foreign } = await server.createToken({ ttl: '1h' })
    const http = createHttpClient(
      {
        address: new URL(server.address),
        tls: { ca: [await readFile(server.caFile, 'utf8')], skipVerify: false },
        timeout: Duration.ofSeconds(10),
        maxRetries: 0,
        allowedRedirectHosts: [],
      },
      systemClock,
    )
    const connection = { http, server: server.address, namespace: undefined, token: new Secret(foreign) }
    const client = new VaultClient(connection, systemClock)
    const roleIdFile = await put(host, 'role-id', approles.open!.roleId)
    const events: string[] = []
    const logins = new Logins({
      method: new ApproleLogin({ mount: 'approle', roleIdFile, secretId: { kind: 'none' }, read: readCredential }),
      client,
      reconnect: () => Promise.resolve(connection),
      sinks: [],
      keepOld: false,
      grace: Duration.ofMilliseconds(1500),
      clock: systemClock,
      emit: ({ kind }) => events.push(kind),
    })
    const statusOf = async (token: string) =>
      (await server.request('GET', 'auth/token/lookup-self', undefined, token)).status
    await logins.takeNewToken()
    const first = client.token.reveal()
    await logins.takeNewToken()
    const second = client.token.reveal()
    await wait(700)
    expect(await Promise.all([foreign, first, second].map(statusOf))).toEqual([200, 200, 200])
    await wait(1800)
    expect(await Promise.all([foreign, first, second].map(statusOf))).toEqual([200, 403, 200])
    expect(events).toEqual(['logged-in', 'logged-in', 'superseded-revoked'])
    logins.stop()
    http.close()
  })
})

/** A JWT (RFC 7519) by ES256. */
function signedToken(key: KeyObject, audience: string): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'test', sub: 'builder', aud: audience, iat: now, nbf: now - 10, exp: now + 300 }
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
