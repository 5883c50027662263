import { describe, expect, it } from 'vitest'
import { renewOnce } from '../../../../../src/connectors/vault/renewal/renew-once.ts'
import { TokenDeniedError, TokenNotRenewableError } from '../../../../../src/connectors/vault/token/token-api.ts'
import { ConnectionError } from '../../../../../src/http/http-client.ts'
import { s } from './renewer-scene.ts'
import { SimulatedToken, type TokenMade } from './simulated-token.ts'
import { SteppedClock } from './stepped-clock.ts'

function scene(made: TokenMade) {
  const clock = new SteppedClock()
  return { clock, api: new SimulatedToken(clock, made) }
}

describe('one renewal', () => {
  it('is a look-up and a renewal now, and tells the token as it is then', async () => {
    const { clock, api } = scene({ ttl: 3600, age: 3000 })
    const result = await renewOnce({ api, clock })
    expect(result.action).toBe('renewed')
    expect(result.life.facts.ttl).toEqual(s(3600))
    expect(api.lookups).toHaveLength(1)
    expect(api.renewals).toMatchObject([{ increment: s(3600), repeat: true }])
  })

  it('asks for what the operator wants', async () => {
    const { clock, api } = scene({ ttl: 3600 })
    await renewOnce({ api, clock, increment: s(60) })
    expect(api.renewals).toMatchObject([{ increment: s(60) }])
  })

  it('is none for a token that never expires', async () => {
    const { clock, api } = scene({ ttl: 0, neverExpires: true })
    expect(await renewOnce({ api, clock })).toMatchObject({ action: 'nothing-to-renew' })
    expect(api.renewals).toEqual([])
  })

  it('is not even tried for a token that is not renewable', async () => {
    const { clock, api } = scene({ ttl: 3600, isRenewable: false })
    await expect(renewOnce({ api, clock })).rejects.toThrow(TokenNotRenewableError)
    expect(api.renewals).toEqual([])
  })

  it('fails with what the server says', async () => {
    const dead = scene({ ttl: 3600 })
    dead.api.revoke()
    await expect(renewOnce(dead)).rejects.toThrow(TokenDeniedError)
    const away = scene({ ttl: 3600 })
    away.api.fault = () => 'refused'
    await expect(renewOnce(away)).rejects.toThrow(ConnectionError)
  })
})
