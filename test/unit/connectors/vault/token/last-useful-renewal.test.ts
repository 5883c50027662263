import { describe, expect, it } from 'vitest'
import { forecastToken } from '../../../../../src/connectors/vault/token/token-forecast.ts'
import { lifeAfterGrant, lifeUnderMountMax } from '../../../../../src/connectors/vault/token/token-life.ts'
import { at, grantOf, lifeOf, s } from './made-tokens.ts'

describe('the last renewal that can still help', () => {
  it.each([
    ['the next, when its grant reaches the end', { explicitMaxTtl: s(5000) }, at(1800)],
    ['the next, when its grant just reaches the end', { explicitMaxTtl: s(5400) }, at(1800)],
    ['the one after it, when the end is a second later', { explicitMaxTtl: s(5401) }, at(3600)],
    ['far away, in step with the cadence', { explicitMaxTtl: s(360_000) }, at(198 * 1800)],
    ['reckoned from what is left', { ttl: s(100), expiresAt: at(100), explicitMaxTtl: s(5400) }, at(1850)],
    ['in step with the period', { period: s(600), creationTtl: s(600), explicitMaxTtl: s(7200) }, at(1800 + 16 * 300)],
    ['the one that leaves a last use', { usesLeft: 4 }, at(1800 + 2 * 1800)],
    ['the next, with two uses left', { usesLeft: 2 }, at(1800)],
  ])('is %s', (_, changes, expected) => {
    expect(forecastToken(lifeOf(changes)).lastUsefulRenewalAt).toEqual(expected)
  })

  it.each([
    ['the token never expires', { expiresAt: null }],
    ['it is not renewable', { renewable: false }],
    ['the lease goes up to the end already', { explicitMaxTtl: s(3600) }],
    ['the lease goes up to the end but for what was cut off', { explicitMaxTtl: s(3602) }],
    ['the lease goes beyond the end that was set since', { explicitMaxTtl: s(3000) }],
    ['the last use is all there is', { usesLeft: 1 }],
    ['no end is known', {}],
    ['it ends with its parent', { orphan: false }],
  ])('is none when %s', (_, changes) => {
    expect(forecastToken(lifeOf(changes)).lastUsefulRenewalAt).toBeNull()
  })

  it('goes by what the operator asks for', () => {
    const life = lifeUnderMountMax(lifeOf(), s(9000))
    expect(forecastToken(life, s(7200)).lastUsefulRenewalAt).toEqual(at(1800))
    expect(forecastToken(life, s(1200)).lastUsefulRenewalAt).toEqual(at(1800 + 10 * 600))
  })

  it('was the one whose grant came back short', () => {
    const life = lifeAfterGrant(lifeOf(), grantOf(3000), s(1800), undefined)
    expect(forecastToken(life).lastUsefulRenewalAt).toBeNull()
  })
})
