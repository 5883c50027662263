import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { TokenWatch } from '../../src/cli/keep-alive/token-watch.ts'
import { logRenewals } from '../../src/connectors/vault/renewal/renewal-log.ts'
import { measureRenewals } from '../../src/connectors/vault/renewal/renewal-metrics.ts'
import type { RenewerEvent } from '../../src/connectors/vault/renewal/renewer-event.ts'
import { TokenRenewer } from '../../src/connectors/vault/renewal/token-renewer.ts'
import { VaultClient } from '../../src/connectors/vault/vault-client.ts'
import { VaultTokenApi } from '../../src/connectors/vault/vault-token-api.ts'
import { Duration } from '../../src/core/duration.ts'
import { Secret } from '../../src/core/secret.ts'
import { createHttpClient } from '../../src/http/fetch-client.ts'
import { PrometheusMetrics } from '../../src/metrics/prometheus.ts'
import { startRealVault } from '../support/real-vault.ts'
import { SkippingClock } from './skipping-clock.ts'

const warmUp = 1000
const all = 10_000

/** A hundred bytes a renewal would be more than this. */
const growth = 1024 * 1024

it('ten thousand renewals leave nothing behind: no memory, no timer, no socket', { timeout: 400_000 }, async (test) => {
  const server = await startRealVault({ fixture: false })
  test.onTestFinished(() => server.stop())
  const { token } = await server.createToken({ ttl: '1h' })
  const resourcesBefore = countResources()

  const clock = new SkippingClock()
  const http = createHttpClient(
    {
      address: new URL(server.address),
      tls: { skipVerify: false },
      timeout: Duration.ofSeconds(30),
      maxRetries: 0,
      allowedRedirectHosts: [],
    },
    clock,
  )
  const metrics = new PrometheusMetrics({ families: 'token' })
  const timeout = Duration.ofSeconds(30)
  const watch = new TokenWatch(clock)
  const watched = watch.watch('vault', timeout)
  const renewals = new Milestones()
  const observers = [
    logRenewals({ log: () => undefined }, { issuer: 'vault' }),
    measureRenewals(metrics, 'vault', clock),
    watched.observe,
    (event: RenewerEvent) => {
      if (event.kind === 'renewed') renewals.count()
    },
  ]
  const connection = { http, server: server.address, namespace: undefined, token: new Secret(token) }
  const renewer = new TokenRenewer({
    api: new VaultTokenApi(new VaultClient(connection, clock)),
    clock: watched.clock,
    timeout,
    emit: (event) => observers.forEach((observe) => observe(event)),
  })

  await renewer.start()
  await renewals.reach(warmUp)
  const early = usedHeap()
  await renewals.reach(all)
  const late = usedHeap()
  await renewer.stop()
  http.close()
  expect(late - early).toBeLessThan(growth)

  const { body } = await metrics.text('prometheus')
  expect(body).toMatch(/renewals_total\{result="failure"\} 0$/m)
  expect(watch.readiness).toMatchObject({ ok: true, failing: 0 })
  // A socket is gone a turn or two after it was closed.
  while (countResources() > resourcesBefore) await wait(50)
})

/** Tells when so many things have happened. */
class Milestones {
  #count = 0
  #wanted = Infinity
  #tell: () => void = () => undefined

  count(): void {
    this.#count += 1
    if (this.#count === this.#wanted) this.#tell()
  }

  reach(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wanted = count
      this.#tell = resolve
    })
  }
}

function countResources(): number {
  const kept = process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|TCP|GetAddrInfo/.test(name))
  return kept.length
}

function usedHeap(): number {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}
