import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as faults from '../support/faults.ts'
import { parseSeries } from '../support/keep-alive-run.ts'
import { PersistentVault } from '../support/persistent-vault.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { makeTestHost, runCertctl } from '../support/run-certctl.ts'
import {
  counted,
  keepAlive,
  keepProfilesAlive,
  lookup,
  messages,
  ownServer,
  relayTo,
  renew,
  secondsFrom,
} from './keep-alive.ts'

const listening = ['--metrics-listen', '127.0.0.1:0']
const zeros = { [counted('success')]: 0, [counted('failure')]: 0, [counted('not_renewable')]: 0 }

describe.concurrent('what is pinned, on a real Vault', () => {
  let server: RealVault

  beforeAll(async () => {
    server = await startRealVault({ fixture: false })
  })

  afterAll(() => server.stop())

  it('1, 2, 7, 10: one look-up, a renewal at half of the TTL, all three series from the start, the same everywhere', async (test) => {
    const { run } = await keepAlive(test, server, { ttl: '14s' }, { args: listening })
    const first = await run.scrape()
    expect(first).toMatchObject(zeros)
    expect(Object.keys(first).filter((name) => name.includes('renewals_total'))).toEqual(Object.keys(zeros))
    const [started, renewed] = [await run.until(messages.started), await run.until(messages.renewed)]
    expect(started).toMatchObject({ level: 'info', issuer: 'vault', address: server.address })
    const half = Number(started.ttlSeconds) / 2
    expect(half).toBeGreaterThan(5)
    expect(secondsFrom(started, started.nextRenewalAt)).toBeCloseTo(half, 0)
    expect(secondsFrom(started, renewed.time)).toBeCloseTo(half, 0)
    expect(renewed).toMatchObject({ level: 'info', leaseSeconds: 14 })
    expect(run.requests).toEqual([lookup, renew])
    const counts = { ...zeros, [counted('success')]: 1 }
    expect(await run.scrape()).toMatchObject(counts)
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0, stdout: '' })
    expect(parseSeries(await readFile(run.metricsFile, 'utf8'))).toMatchObject(counts)
  })

  it.for([
    ['1h', 30 * 60],
    ['24h', 12 * 3600],
  ] as const)('2: a token of %s is renewed half of that later', async ([ttl, half], test) => {
    const { run } = await keepAlive(test, server, { ttl })
    const started = await run.until(messages.started)
    expect(Math.abs(secondsFrom(started, started.nextRenewalAt) - half)).toBeLessThan(2)
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  })

  it('3: the cadence follows a server that shortens the lease, and one that lengthens it', async (test) => {
    const own = await ownServer(test)
    const { run } = await keepAlive(test, own, { ttl: '10m' })
    await own.tuneMaxTokenTtl('2m')
    run.signal('SIGUSR2')
    const short = await run.until(messages.renewed)
    expect(short.leaseSeconds).toBeLessThanOrEqual(120)
    expect(secondsFrom(short, short.nextRenewalAt)).toBeCloseTo(Number(short.leaseSeconds) / 2, 0)
    await own.tuneMaxTokenTtl(undefined)
    run.signal('SIGUSR2')
    const long = await run.until(messages.renewed, { count: 2 })
    expect(long.leaseSeconds).toBe(600)
    expect(secondsFrom(long, long.nextRenewalAt)).toBeCloseTo(300, 0)
  })

  it.for([
    ['made so', { renewable: false }],
    ['a batch token', { type: 'batch' }],
  ] as const)(
    '4: a token that is not renewable is warned of, counted, and no renewal is asked for: %s',
    async ([, kind], test) => {
      const { run } = await keepAlive(test, server, { ttl: '1h', ...kind })
      expect(await run.end()).toMatchObject({ code: 4, stdout: '' })
      expect(run.all(messages.notRenewable)).toMatchObject([{ level: 'warn' }])
      expect(run.requests).toEqual([lookup])
      const counts = { ...zeros, [counted('not_renewable')]: 1 }
      expect(parseSeries(await readFile(run.metricsFile, 'utf8'))).toMatchObject(counts)
    },
  )

  it('5: a failure is an ERROR with its cause beside it, again when the cause changes, and the loop lives on', async (test) => {
    const own = await PersistentVault.start()
    test.onTestFinished(() => own.stop())
    const { run, token } = await keepAlive(test, own, { ttl: '24s' }, { args: listening })
    run.signal('SIGUSR2')
    const { time } = await run.until(messages.renewed)
    const since = () => (Date.now() - Date.parse(time)) / 1000
    // The outage begins a second after a renewal and ends before the token does.
    await wait(1000 - since() * 1000)
    await own.halt()
    await run.until(messages.failed)
    await wait(16_000 - since() * 1000)
    await own.resume()
    await run.until(messages.failed, { count: run.all(messages.failed, 'error').length + 1, level: 'error' })
    await wait(20_000 - since() * 1000)
    await own.unseal()
    await run.until(messages.renewed, { count: 2 })
    expect(since()).toBeLessThan(24)
    expect((await own.request('GET', 'auth/token/lookup-self', undefined, token)).status).toBe(200)

    const failures = run.all(messages.failed)
    const causes = failures.map(({ code }) => code)
    expect([...new Set(causes)]).toEqual(['connection-refused', 'sealed'])
    expect(failures.filter(({ level }, index) => causes[index] !== causes[index - 1] && level !== 'error')).toEqual([])
    expect(failures.every(({ cause }) => typeof cause === 'string' && cause !== '')).toBe(true)
    expect(failures.length).toBeGreaterThan(3)
    const counts = { [counted('success')]: 2, [counted('failure')]: failures.length, [counted('not_renewable')]: 0 }
    expect(await run.scrape()).toMatchObject(counts)
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  }, 60_000)

  it('6: a reply that cannot be parsed is a failure like any other, and says what to do', async (test) => {
    const relay = await relayTo(test, server)
    const { run } = await keepAlive(test, server, { ttl: '1h' }, { address: relay.address, args: listening })
    relay.faults.on('auth/token/renew-self', faults.html(200, 'Welcome'), 1)
    run.signal('SIGUSR2')
    const failed = await run.until(messages.failed)
    expect(failed).toMatchObject({ level: 'error', code: 'unreadable-reply' })
    expect(failed.hint).toContain('check --address')
    await run.until(messages.renewed)
    expect(await run.scrape()).toMatchObject({ [counted('failure')]: 1, [counted('success')]: 1 })
  })

  it.for(['SIGTERM', 'SIGINT'] as const)(
    '8: %s ends it within 200 ms in the middle of a request, and is no failure',
    async (signal, test) => {
      const relay = await relayTo(test, server)
      const held = new Promise<void>((resolve) => relay.faults.on('auth/token/renew-self', () => resolve()))
      const { run } = await keepAlive(test, server, { ttl: '1h' }, { address: relay.address })
      run.signal('SIGUSR2')
      await held
      const before = Date.now()
      run.signal(signal)
      expect(await run.end()).toMatchObject({ code: 0, stdout: '' })
      expect(Date.parse((await run.until(messages.stopped)).time) - before).toBeLessThan(200)
      expect(run.all(messages.failed)).toEqual([])
      expect(parseSeries(await readFile(run.metricsFile, 'utf8'))).toMatchObject(zeros)
    },
  )

  it('9, 10: one that cannot start is reported and keeps no other from starting; all share the counter', async (test) => {
    const host = await makeTestHost()
    test.onTestFinished(() => host.remove())
    for (const name of ['one', 'two']) {
      const { token } = await server.createToken({ ttl: '1h' })
      await writeFile(join(host.home, name), token, { mode: 0o600 })
    }
    for (const name of ['one', 'two', 'broken']) {
      const args = ['profile', 'set', name, '--address', server.address, '--token-file', join(host.home, name)]
      expect(await runCertctl(args, { host })).toMatchObject({ code: 0 })
    }
    const profiles = ['one', 'two', 'broken'].flatMap((name) => ['--profile', name])
    const run = await keepProfilesAlive(test, host, [...profiles, ...listening])
    await run.until(messages.started, { count: 2 })
    expect(
      run
        .all(messages.started)
        .map(({ issuer }) => issuer)
        .toSorted(),
    ).toEqual(['one', 'two'])
    expect(run.all('the token-renewal loop cannot start')).toMatchObject([{ level: 'error', issuer: 'broken' }])
    run.signal('SIGUSR2')
    await run.until(messages.renewed, { count: 2 })
    expect(await run.scrape()).toMatchObject({ ...zeros, [counted('success')]: 2 })
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  })
})
