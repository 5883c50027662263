import { setTimeout as wait } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { PersistentVault } from '../support/persistent-vault.ts'
import { randomFrom } from '../unit/connectors/vault/renewal/seeded-random.ts'
import { Heartbeat } from './heartbeat.ts'
import { Ordeal } from './ordeal.ts'
import { Outages } from './outages.ts'
import { Fates } from './report.ts'
import { seeds } from './seeds.ts'

const tokens = 10

describe.concurrent('tokens of a server that goes away and comes back', () => {
  it.for(seeds(3))(
    'live while it lets them, and their death is told ahead (CERTCTL_CHAOS_SEED=%d)',
    async (seed, test) => {
      const random = randomFrom(seed)
      const heartbeat = new Heartbeat()
      const server = await PersistentVault.start()
      const outages = new Outages(server)
      test.onTestFinished(async () => {
        heartbeat.stop()
        await outages.stop()
        await server.stop()
      })
      const fates = new Fates()
      const ordeals = Array.from({ length: tokens }, (_, index) => {
        const ttl = 6 + Math.floor(18 * random())
        const explicitMax = random() < 0.2 ? ttl * 2 : undefined
        return Ordeal.begin(test, server, {
          seed: seed * 100 + index,
          ttl,
          explicitMax,
          lasts: 40,
          outages: outages.spans,
          stalls: heartbeat.stalls,
        })
      })
      const over = Promise.all((await Promise.all(ordeals)).map((ordeal) => ordeal.story()))
      for (const what of ['kill', 'seal', 'halt'] as const) {
        await Promise.race([over, wait(2000 + 4000 * random())])
        await interrupt(server, what, 5000 * random())
      }
      for (const story of await over) fates.judge(story)
      console.log(`a server, seed ${seed}: ${String(fates)}`)
    },
  )
})

async function interrupt(
  server: PersistentVault,
  what: 'kill' | 'halt' | 'seal',
  forMilliseconds: number,
): Promise<void> {
  await server[what]()
  await wait(forMilliseconds)
  if (what !== 'seal') await server.resume()
  await server.unseal()
}
