import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as faults from '../support/faults.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import type { Relay } from '../support/relay.ts'
import { counted, keepAlive, messages, relayTo } from './keep-alive.ts'

interface Outage {
  readonly begin: (relay: Relay) => Promise<void> | void
  readonly end: (relay: Relay) => Promise<void> | void
}

const failing = (fault: faults.Fault): Outage => ({
  begin: ({ faults: plan }) => plan.on('auth/token/renew-self', fault),
  end: ({ faults: plan }) => plan.clear(),
})

// A second is short on a machine with other things to do, so each may be tried again.
describe.concurrent('an outage from a second after a renewal to a second before the end', { retry: 2 }, () => {
  let server: RealVault

  beforeAll(async () => {
    server = await startRealVault({ fixture: false })
  })

  afterAll(() => server.stop())

  it.for([
    ['connection-refused', { begin: (relay: Relay) => relay.close(), end: (relay: Relay) => relay.reopen() }],
    ['connection-reset', failing(faults.reset())],
    ['timeout', failing(faults.silence())],
    ['sealed', failing(faults.status(503, 'Vault is sealed'))],
  ] as const)('is survived by the token of a real server: %s', async ([code, outage], test) => {
    const relay = await relayTo(test, server)
    const args = ['--metrics-listen', '127.0.0.1:0']
    const { run, token } = await keepAlive(test, server, { ttl: '24s' }, { address: relay.address, args })
    run.signal('SIGUSR2')
    const renewed = await run.until(messages.renewed)
    const end = Date.parse(String(renewed['expiresAt']))
    await wait(Date.parse(renewed.time) + 1000 - Date.now())
    await outage.begin(relay)
    await wait(end - 1000 - Date.now())
    await outage.end(relay)
    const saved = await run.until(messages.renewed, { count: 2 })
    expect(Date.parse(saved.time)).toBeLessThan(end)
    expect((await server.request('GET', 'auth/token/lookup-self', undefined, token)).status).toBe(200)

    const failures = run.all(messages.failed)
    expect([...new Set(failures.map((line) => line['code']))]).toEqual([code])
    expect(failures.map(({ failures: count }) => count)).toEqual(failures.map((_, index) => index + 1))
    expect(await run.scrape()).toMatchObject({
      [counted('success')]: 2,
      [counted('failure')]: failures.length,
      [counted('not_renewable')]: 0,
    })
    expect(await run.end('SIGTERM')).toMatchObject({ code: 0 })
  })
})
