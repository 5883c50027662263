import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as faults from '../support/faults.ts'
import { parseSeries } from '../support/keep-alive-run.ts'
import { PersistentVault } from '../support/persistent-vault.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { makeTestHost, runCertctl } from '../support/run-certctl.ts'
import { TestCa } from '../support/test-ca.ts'
import { counted, keepAlive, lookup, messages, ownServer, relayTo, renew, secondsFrom } from './keep-alive.ts'

const listening = ['--metrics-listen', '127.0.0.1:0']
const mayRenew = { 'auth/token/lookup-self': ['read'], 'auth/token/renew-self': ['update'] } as const

/** The lines of the second list of what the program promises, numbered from its first. */
describe.concurrent('where the cadence meets a real Vault', () => {
  let server: RealVault

  beforeAll(async () => {
    server = await startRealVault({ fixture: false })
  })

  afterAll(() => server.stop())

  it('1: one attempt takes half of what is left at most, and the next comes before the end', async (test) => {
    const relay = await relayTo(test, server)
    const { run, token } = await keepAlive(test, server, { ttl: '16s' }, { address: relay.address })
    const started = await run.until(messages.started)
    relay.faults.on('auth/token/renew-self', faults.silence(), 1)
    const failed = await run.until(messages.failed)
    const left = secondsFrom(started, started.expiresAt) - secondsFrom(started, started.nextRenewalAt)
    expect(failed).toMatchObject({ level: 'error', code: 'timeout' })
    expect(secondsFrom(started, failed.time)).toBeLessThan(secondsFrom(started, started.nextRenewalAt) + left / 2 + 1)
    const renewed = await run.until(messages.renewed)
    expect(secondsFrom(renewed, started.expiresAt)).toBeGreaterThan(0)
    expect((await server.request('GET', 'auth/token/lookup-self', undefined, token)).status).toBe(200)
  })

  it('2: a short token is renewed at once and then at half of what remains, and that is said once', async (test) => {
    const { run } = await keepAlive(test, server, { ttl: '8s' })
    const started = await run.until(messages.started)
    expect(secondsFrom(started, (await run.until(messages.renewed)).time)).toBeLessThan(1)
    await run.until(messages.renewed, { count: 3 })
    expect(secondsFrom(started, run.all(messages.renewed)[2]?.time)).toBeCloseTo(8, 0)
    expect(run.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'vault token has a lease of 8s only; it is renewed at half of what remains',
    ])
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  })

  it('3: the end that renewal cannot move is told once and early, and is the end', async (test) => {
    const { run } = await keepAlive(test, server, { ttl: '8s', explicitMaxTtl: '14s' }, { args: ['--json'] })
    const ended = await run.end()
    expect(ended).toMatchObject({ code: 4 })
    expect(ended.json()).toMatchObject({
      schema: 1,
      results: [{ issuer: 'vault', reason: 'expired', error: { code: 'token-expired', exitCode: 4 } }],
    })
    const [capped, ...again] = run.all(messages.capped)
    expect(again).toEqual([])
    expect(capped).toMatchObject({ level: 'warn', limit: 'explicit-max-ttl' })
    const expired = run.all(messages.expired)
    expect(expired).toMatchObject([{ level: 'error', reason: 'max-ttl' }])
    expect(secondsFrom(capped!, expired[0]?.time)).toBeCloseTo(secondsFrom(capped!, capped?.endsAt), -1)
    expect(secondsFrom(capped!, expired[0]?.time)).toBeGreaterThan(4)
  })

  it('3: a maximum that was lowered below its age is final, though it is a 500', async (test) => {
    const own = await ownServer(test)
    const { run } = await keepAlive(test, own, { ttl: '1h' })
    await wait(2100)
    await own.tuneMaxTokenTtl('1s')
    run.signal('SIGUSR2')
    expect(await run.end()).toMatchObject({ code: 4 })
    const [warning, ...others] = run.all(messages.notRenewable)
    expect(others).toEqual([])
    expect(warning).toMatchObject({ level: 'warn' })
    expect(warning?.cause).toContain('past the max TTL, cannot renew')
    expect(run.requests).toEqual([lookup, renew])
    expect(await counts(run.metricsFile)).toEqual({ success: 0, failure: 0, not_renewable: 1 })
  })

  it('4: a token that was revoked is looked up once more, and then it is dead', async (test) => {
    const { run, token } = await keepAlive(test, server, { ttl: '1h' })
    await server.revokeToken(token)
    run.signal('SIGUSR2')
    expect(await run.end()).toMatchObject({ code: 4, stdout: '' })
    expect(run.all(messages.failed)).toMatchObject([{ level: 'error', code: 'denied' }])
    expect(run.all(messages.expired)).toMatchObject([{ level: 'error', reason: 'revoked' }])
    expect(run.requests).toEqual([lookup, renew, lookup])
    expect(await counts(run.metricsFile)).toEqual({ success: 0, failure: 1, not_renewable: 0 })
  })

  it('4: a token that lost its policy lives, and is renewed when the policy is back', async (test) => {
    await server.writePolicy('keeps-itself', mayRenew)
    const options = { ttl: '1h', policies: ['keeps-itself'], noDefaultPolicy: true }
    const { run } = await keepAlive(test, server, options)
    await server.writePolicy('keeps-itself', { 'auth/token/lookup-self': ['read'] })
    run.signal('SIGUSR2')
    await run.until(messages.failed)
    await server.writePolicy('keeps-itself', mayRenew)
    await run.until(messages.renewed)
    expect(run.requests.slice(0, 3)).toEqual([lookup, renew, lookup])
    await test.expect.poll(() => counts(run.metricsFile)).toMatchObject({ success: 1, not_renewable: 0 })
  })

  it('4: a server that throttles, or is sealed, is tried again', async (test) => {
    const own = await ownServer(test)
    const { run } = await keepAlive(test, own, { ttl: '1h' })
    await own.must('POST', 'sys/quotas/rate-limit/few', { path: 'auth/token/', rate: 0.1, interval: '10s' })
    await own.request('GET', 'auth/token/lookup-self', undefined, own.rootToken)
    run.signal('SIGUSR2')
    expect(await run.until(messages.failed)).toMatchObject({ level: 'error', code: 'throttled' })
    await own.must('DELETE', 'sys/quotas/rate-limit/few')
    await run.until(messages.renewed)
    await own.seal()
    run.signal('SIGUSR2')
    await run.until(messages.failed, { count: run.all(messages.failed).length + 1 })
    expect(run.all(messages.failed).at(-1)).toMatchObject({ level: 'error', code: 'sealed' })
    await own.unseal()
    await run.until(messages.renewed, { count: 2 })
  })

  it('4: a certificate of the server that is not to be trusted is named, and waited for to be mended', async (test) => {
    const ca = await TestCa.create()
    const own = await PersistentVault.start({ certificate: await ca.server() })
    const host = await makeTestHost()
    test.onTestFinished(async () => {
      await own.stop()
      await host.remove()
    })
    const caFile = join(host.home, 'ca.pem')
    await writeFile(caFile, ca.cert)
    const { run } = await keepAlive(test, own, { ttl: '1h' }, { host, args: ['--ca-cert', caFile, ...listening] })
    const errors = () => run.all(messages.failed, 'error').map(({ code }) => code)
    await run.until(messages.started)
    await own.restartWith(await (await TestCa.create('Another CA')).server())
    run.signal('SIGUSR2')
    expect(await run.until(messages.failed)).toMatchObject({ level: 'error', code: 'tls-untrusted', failures: 1 })
    await own.restartWith(await ca.expiredServer())
    await test.expect.poll(errors, { timeout: 20_000 }).toContain('tls-expired')
    await own.restartWith(await ca.server())
    run.signal('SIGUSR2')
    await run.until(messages.renewed)
    expect((await run.scrape())[counted('failure')]).toBeGreaterThanOrEqual(2)
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  })

  it.for([
    ['204', faults.noContent()],
    ['{}', faults.reply(200, { 'Content-Type': 'application/json' }, '{}')],
  ] as const)('5: a 2xx that renewed nothing is a failure: %s', async ([, fault], test) => {
    const relay = await relayTo(test, server)
    const { run } = await keepAlive(test, server, { ttl: '1h' }, { address: relay.address })
    relay.faults.on('auth/token/renew-self', fault, 1)
    run.signal('SIGUSR2')
    const failed = await run.until(messages.failed)
    expect(failed).toMatchObject({ level: 'error', code: 'unreadable-reply' })
    expect(failed.hint).toContain('nothing was renewed')
    await run.until(messages.renewed)
    // The file is written after the line.
    await test.expect.poll(() => counts(run.metricsFile)).toEqual({ success: 1, failure: 1, not_renewable: 0 })
  })

  it('6: a server that is away at the start is waited for, with a line for each cause', async (test) => {
    const own = await PersistentVault.start()
    test.onTestFinished(() => own.stop())
    const { token } = await own.createToken({ ttl: '1h' })
    await own.halt()
    const host = await makeTestHost()
    test.onTestFinished(() => host.remove())
    const once = ['vault', 'keep-alive', '--once', '--json', '--max-retries', '0', '--address', own.address]
    const options = { host, env: { VAULT_TOKEN: token } }
    const refused = await runCertctl(once, options)
    expect(refused).toMatchObject({ code: 5 })
    expect(refused.json()).toMatchObject({ error: { code: 'connection-refused', exitCode: 5 } })

    const { run } = await keepAlive(test, own, token)
    await own.resume()
    await run.until(messages.waiting, { count: 2, level: 'warn' })
    const sealed = await runCertctl(once, options)
    expect(sealed.json()).toMatchObject({ error: { code: 'sealed', exitCode: 5 } })
    await own.unseal()
    await run.until(messages.started)
    expect(run.all(messages.waiting, 'warn').map(({ code }) => code)).toEqual(['connection-refused', 'sealed'])
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  })

  it.for([
    ['the loop', []],
    ['the one renewal', ['--once']],
  ] as const)('6: a token that is denied at the start ends %s', async ([, args], test) => {
    const { run } = await keepAlive(test, server, 'hvs.CAESIJ-nobody-knows-this-one', { args })
    expect(await run.end()).toMatchObject({ code: 4, stdout: '' })
    expect(run.requests).toEqual([lookup])
    expect(await counts(run.metricsFile)).toEqual({ success: 0, failure: 0, not_renewable: 0 })
  })

  it('7: for a root token there is nothing to renew, and nothing to warn of', async (test) => {
    const { run } = await keepAlive(test, server, server.rootToken)
    expect(await run.end()).toMatchObject({ code: 0, stdout: '' })
    expect(run.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
    expect(run.requests).toEqual([lookup])
    expect(await counts(run.metricsFile)).toEqual({ success: 0, failure: 0, not_renewable: 0 })
    expect(await readFile(run.metricsFile, 'utf8')).not.toContain('expiry_timestamp_seconds{')
  })

  it('8: one small grant does not stay small, and the operator may ask for another', async (test) => {
    const { run, token } = await keepAlive(test, server, { ttl: '1h' }, { args: listening })
    await server.request('POST', 'auth/token/renew-self', { increment: '30s' }, token)
    run.signal('SIGUSR2')
    expect(await run.until(messages.renewed)).toMatchObject({ leaseSeconds: 3600 })
    const other = await keepAlive(test, server, { ttl: '1h' }, { args: ['--increment', '10m'] })
    other.run.signal('SIGUSR2')
    expect(await other.run.until(messages.renewed)).toMatchObject({ leaseSeconds: 600 })
  })

  it('9: a lease whose half no timer can hold is slept through', async (test) => {
    const own = await ownServer(test)
    await own.tuneMaxTokenTtl('2400h')
    const { run } = await keepAlive(test, own, { ttl: '2400h' })
    await wait(3000)
    expect(run.requests).toEqual([lookup])
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  })

  it('9: a process that was held up renews as soon as it goes on', async (test) => {
    const { run } = await keepAlive(test, server, { ttl: '16s' })
    const started = await run.until(messages.started)
    run.signal('SIGSTOP')
    await wait(secondsFrom(started, started.nextRenewalAt) * 1000 + 2000)
    const before = Date.now()
    run.signal('SIGCONT')
    expect(Date.parse((await run.until(messages.renewed)).time) - before).toBeLessThan(1000)
  })
})

async function counts(metricsFile: string): Promise<Record<string, number | undefined>> {
  const series = parseSeries(await readFile(metricsFile, 'utf8'))
  const results = ['success', 'failure', 'not_renewable'] as const
  return Object.fromEntries(results.map((result) => [result, series[counted(result)]]))
}
