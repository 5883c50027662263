import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { Duration } from '../../src/core/duration.ts'
import { type VaultReply, askVault } from './ask-vault.ts'
import { FakeClock } from './fake-clock.ts'
import { type FakeVault, type FakeVaultOptions, startFakeVault } from './fake-vault.ts'
import { TestCa } from './test-ca.ts'
import { makeCsr } from './test-csr.ts'

let vault: FakeVault | undefined

afterEach(async () => {
  await vault?.stop()
  vault = undefined
})

async function start(options: FakeVaultOptions = {}): Promise<FakeVault> {
  vault = await startFakeVault(options)
  return vault
}

/** A fake that lives by a clock of the test. */
async function startAt(clock: FakeClock): Promise<FakeVault> {
  return start({ now: () => clock.now() })
}

function look(server: FakeVault, token: string): Promise<VaultReply> {
  return server.request('GET', 'auth/token/lookup-self', undefined, token)
}

function renew(server: FakeVault, token: string, increment?: string): Promise<VaultReply> {
  return server.request('POST', 'auth/token/renew-self', increment === undefined ? {} : { increment }, token)
}

const dead = '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'

describe('tokens of the fake', () => {
  test('live by the clock of the test and are dead when their time is over', async () => {
    const clock = new FakeClock()
    const server = await startAt(clock)
    const { token } = await server.createToken({ ttl: '60s' })
    await clock.advance(Duration.ofSeconds(45))
    expect((await look(server, token)).json?.data).toMatchObject({ ttl: 15, creation_ttl: 60, renewable: true })
    expect((await renew(server, token)).json?.auth).toMatchObject({ lease_duration: 60 })
    await clock.advance(Duration.ofSeconds(59))
    expect((await look(server, token)).status).toBe(200)
    await clock.advance(Duration.ofSeconds(1))
    expect(await look(server, token)).toMatchObject({ status: 403, json: { errors: [dead] } })
  })

  test('are granted less near their maximum, and say so while they stay renewable', async () => {
    const clock = new FakeClock()
    const server = await startAt(clock)
    const { token } = await server.createToken({ ttl: '6s', explicitMaxTtl: '10s' })
    await clock.advance(Duration.ofSeconds(5))
    await renew(server, token, '5s')
    await clock.advance(Duration.ofSeconds(2))
    const { json } = await renew(server, token, '6s')
    expect(json?.auth).toMatchObject({ lease_duration: 3, renewable: true })
    expect(json?.warnings).toEqual([
      'TTL of "6s" exceeded the effective max_ttl of "3s"; TTL value is capped accordingly',
    ])
  })

  test('cannot be renewed once the maximum was lowered below their age', async () => {
    const clock = new FakeClock()
    const server = await startAt(clock)
    const { token } = await server.createToken({ ttl: '1h' })
    await clock.advance(Duration.ofSeconds(10))
    await server.tuneMaxTokenTtl('5s')
    expect(await renew(server, token)).toMatchObject({
      status: 500,
      json: { errors: ['1 error occurred:\n\t* past the max TTL, cannot renew\n\n'] },
    })
  })

  test('spend a use on every request, and the last one answers', async () => {
    const server = await start()
    const { token } = await server.createToken({ numUses: 2 })
    expect((await look(server, token)).json?.data).toMatchObject({ num_uses: 1 })
    expect((await look(server, token)).json?.data).toMatchObject({ num_uses: -1 })
    expect((await look(server, token)).status).toBe(403)
  })

  test('can be revoked by the test behind the back of the client', async () => {
    const server = await start()
    const { token } = await server.createToken()
    await server.revokeToken(token)
    expect((await look(server, token)).status).toBe(403)
    expect(server.token(token)).toBeUndefined()
  })
})

describe('certificates of the fake', () => {
  test('are signed by its CA, for the key and the names of the CSR', async () => {
    const server = await start()
    const csr = await makeCsr({ commonName: 'a.contract.test', sans: [{ type: 'ip', value: '127.0.0.1' }] })
    const { token } = await server.createToken()
    const { json } = await server.request('POST', 'pki_int/sign/any', { csr, ttl: '1h' }, token)
    const leaf = new X509Certificate(String(json?.data?.certificate))
    const [intermediate, root] = (json?.data?.ca_chain as string[]).map((pem) => new X509Certificate(pem))
    expect(leaf.subjectAltName).toBe('DNS:a.contract.test, IP Address:127.0.0.1')
    expect(leaf.verify(intermediate!.publicKey)).toBe(true)
    expect(intermediate!.verify(root!.publicKey)).toBe(true)
    expect(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)).toBe(3_630_000)
  })

  test('end when an issuer that truncates ends', async () => {
    const server = await start()
    const issuer = server.pki().issuers[0]!
    issuer.leafNotAfterBehavior = 'truncate'
    const body = { csr: await makeCsr(), ttl: '8755h' }
    const { json } = await server.request('POST', 'pki/sign/any', body, server.rootToken)
    expect(json?.data?.expiration).toBe(issuer.certificate.notAfter.getTime() / 1000)
  })

  test('follow a role that the test has written', async () => {
    const server = await start()
    server.pki().writeRole('mine', { allowed_domains: ['mine.test'], allow_bare_domains: true, key_type: 'ec' })
    const body = { csr: await makeCsr({ commonName: 'mine.test' }) }
    expect((await server.request('POST', 'pki/sign/mine', body, server.rootToken)).status).toBe(200)
    expect(() => server.pki().writeRole('mine', { no_such_thing: 1 })).toThrow('no_such_thing')
  })
})

describe('the listener of the fake', () => {
  test('remembers what it was asked', async () => {
    const server = await start()
    await server.request('POST', 'auth/token/renew-self', { increment: '5s' }, server.rootToken)
    expect(server.requests).toMatchObject([
      { method: 'POST', path: 'auth/token/renew-self', url: '/v1/auth/token/renew-self', json: { increment: '5s' } },
    ])
    expect(server.requestsTo('auth/token/renew-self')[0]?.headers).toMatchObject({
      'x-vault-request': 'true',
      'x-vault-token': server.rootToken,
    })
    server.forgetRequests()
    expect(server.requests).toEqual([])
  })

  test('answers on a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certctl-fake-'))
    const server = await start({ listen: { kind: 'unix', socketPath: join(folder, 'v.sock') } })
    expect(server.address).toBe(`unix://${join(folder, 'v.sock')}`)
    expect((await server.request('GET', 'sys/health')).status).toBe(200)
    await server.stop()
    await rm(folder, { recursive: true })
  })

  test('answers by TLS, and knows its clients by their certificates', async () => {
    const ca = await TestCa.create()
    const tls = { ...(await ca.server()), ca: ca.cert, requestCert: true, rejectUnauthorized: true }
    const server = await start({ listen: { kind: 'https', tls } })
    const client = { ...(await ca.client('web client')), ca: ca.cert }
    const question = { method: 'GET', path: '/v1/sys/health' }
    expect((await askVault(server.address, { ...question, tls: client })).status).toBe(200)
    expect(server.requests[0]?.clientCertificate).toBe('web client')
    await expect(askVault(server.address, { ...question, tls: { ca: ca.cert } })).rejects.toThrow()
  })

  test('is sealed and unsealed by the test, or was never initialised', async () => {
    const server = await start()
    await server.seal()
    expect(await look(server, server.rootToken)).toMatchObject({ status: 503, json: { errors: ['Vault is sealed'] } })
    await server.unseal()
    expect((await look(server, server.rootToken)).status).toBe(200)
    await server.stop()
    const blank = await start({ state: 'uninitialized' })
    expect(await blank.request('GET', 'sys/health')).toMatchObject({ status: 501, json: { initialized: false } })
    expect((await look(blank, blank.rootToken)).status).toBe(503)
  })

  test('sends everybody home when it stops, those without an answer too', async () => {
    const server = await start()
    server.faults.next(() => undefined)
    const waiting = look(server, server.rootToken)
    const failed = expect(waiting).rejects.toThrow()
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await server.stop()
    await failed
  })
})
