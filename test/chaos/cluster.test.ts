import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { RaftCluster } from '../support/raft-cluster.ts'
import { randomFrom } from '../unit/connectors/vault/renewal/seeded-random.ts'
import { Heartbeat } from './heartbeat.ts'
import { Ordeal } from './ordeal.ts'
import { Outages } from './outages.ts'
import { Fates } from './report.ts'
import { seeds } from './seeds.ts'

const tokensOfEach = 4

it.for(seeds(1))(
  'tokens of a cluster live through step-downs and the loss of its leader (CERTCTL_CHAOS_SEED=%d)',
  async (seed, test) => {
    const random = randomFrom(seed)
    const heartbeat = new Heartbeat()
    const cluster = await RaftCluster.start()
    test.onTestFinished(() => {
      heartbeat.stop()
      return cluster.stop()
    })
    const ordeals = cluster.nodes.flatMap((node, index) => {
      const outages = new Outages(node)
      test.onTestFinished(() => outages.stop())
      return Array.from({ length: tokensOfEach }, (_, nth) => {
        const ttl = 8 + Math.floor(20 * random())
        const own = { seed: seed * 100 + index * 10 + nth, ttl, lasts: 40 }
        return Ordeal.begin(test, cluster, {
          ...own,
          address: node.address,
          outages: outages.spans,
          stalls: heartbeat.stalls,
        })
      })
    })
    const over = Promise.all((await Promise.all(ordeals)).map((ordeal) => ordeal.story()))
    const leaders = new Set<string>()
    for (let nth = 0; nth < 3; nth += 1) {
      await wait(3000 + 3000 * random())
      leaders.add((await cluster.stepDown()).address)
    }
    await wait(3000 + 3000 * random())
    const lost = await cluster.leader()
    leaders.add(lost.address)
    await lost.kill()
    await wait(2000 + 3000 * random())
    await lost.resume()
    await lost.unseal()
    const fates = new Fates()
    for (const story of await over) fates.judge(story)
    expect(leaders.size).toBeGreaterThan(1)
    console.log(`a cluster, seed ${seed}: ${String(fates)}`)
  },
)
