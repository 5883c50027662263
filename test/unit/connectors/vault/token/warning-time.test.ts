import { describe, expect, it } from 'vitest'
import { lifeAfterGrant } from '../../../../../src/connectors/vault/token/token-life.ts'
import { warningTime } from '../../../../../src/connectors/vault/token/warning-time.ts'
import { at, grantOf, lifeOf, s } from './made-tokens.ts'

const unasked = { warnBefore: undefined, asked: undefined }

describe('the warning ahead of the end', () => {
  it.each([
    ['a fifth of the whole life before it', { explicitMaxTtl: s(100_000) }, at(80_000)],
    ['counted from the issue', { issuedAt: at(-50_000), explicitMaxTtl: s(100_000) }, at(30_000)],
    ['the time between two renewals before it, if that is more', { explicitMaxTtl: s(7200) }, at(5400)],
    ['half of a life that no renewal prolongs', { explicitMaxTtl: s(3000) }, at(1500)],
    ['the lease of one that is not renewable', { renewable: false }, at(1800)],
  ])('is due %s', (_, changes, expected) => {
    expect(warningTime(lifeOf(changes), unasked)).toEqual(expected)
  })

  it('is due when the operator wants it', () => {
    const life = lifeOf({ explicitMaxTtl: s(100_000) })
    expect(warningTime(life, { ...unasked, warnBefore: s(60) })).toEqual(at(99_940))
    expect(warningTime(life, { ...unasked, warnBefore: s(200_000) })).toEqual(at(-100_000))
  })

  it('goes by the renewals that the operator asks for', () => {
    expect(warningTime(lifeOf({ explicitMaxTtl: s(9000) }), { ...unasked, asked: s(7200) })).toEqual(at(5400))
  })

  it('is due by an end that grants have shown too', () => {
    const life = lifeAfterGrant(lifeOf(), grantOf(3000), s(1800), undefined)
    expect(warningTime(life, unasked)).toEqual(at(3000))
  })

  it.each([{}, { period: s(60) }, { usesLeft: 1 }, { orphan: false }, { expiresAt: null }])(
    'is never due while no end is known: %j',
    (changes) => {
      expect(warningTime(lifeOf(changes), unasked)).toBeNull()
    },
  )
})
