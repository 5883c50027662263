import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { randomFrom } from '../unit/connectors/vault/renewal/seeded-random.ts'
import { Heartbeat } from './heartbeat.ts'
import { Ordeal, type OrdealOptions } from './ordeal.ts'
import { Fates } from './report.ts'
import { seeds } from './seeds.ts'
import { drawFrom } from './trouble.ts'

const all = seeds(200)

describe.concurrent('a token whose way to the server is troubled', () => {
  let server: RealVault
  const fates = new Fates()
  const heartbeat = new Heartbeat()

  beforeAll(async () => {
    server = await startRealVault({ fixture: false })
  })

  afterAll(async () => {
    heartbeat.stop()
    await server.stop()
    if (all.length >= 100)
      for (const fate of ['alive', 'ttl', 'max-ttl', 'revoked']) expect(fates.of(fate)).toBeGreaterThan(all.length / 20)
    console.log(`what became of the tokens: ${String(fates)}`)
  })

  it.for(all)('lives while it is let, and its death is told ahead (CERTCTL_CHAOS_SEED=%d)', async (seed, test) => {
    fates.judge(await Ordeal.undergo(test, server, { ...ordealOf(seed), stalls: heartbeat.stalls }))
  })
})

function ordealOf(seed: number): Omit<OrdealOptions, 'stalls'> {
  const random = randomFrom(seed)
  const ttl = 5 + Math.floor(random() ** 2 * 9)
  const kind = random()
  const some = random()
  const draw = drawFrom(random)
  const common = { seed, ttl, draw, lasts: 20 }
  if (kind < 0.2) return { ...common, explicitMax: ttl + Math.ceil(some * 12) }
  if (kind < 0.35) return { ...common, token: { period: `${ttl}s` } }
  if (kind < 0.45) return { ...common, revokedAfter: 3 + some * 12 }
  return common
}
