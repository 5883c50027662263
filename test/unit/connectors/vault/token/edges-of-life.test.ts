import { describe, expect, it } from 'vitest'
import {
  endOfLife,
  isSameEnd,
  lifeAfterGrant,
  lifeAtLaterLookup,
  lifeUnderMountMax,
} from '../../../../../src/connectors/vault/token/token-life.ts'
import { at, factsOf, grantOf, lifeOf, s } from './made-tokens.ts'

describe('two reckonings of one end', () => {
  it('are one when they are two seconds apart, and two when it is more', () => {
    expect(isSameEnd(at(10), at(12))).toBe(true)
    expect(isSameEnd(at(10), at(12.1))).toBe(false)
  })

  it('refute an inferred end only when they are farther apart than that', () => {
    const capped = lifeAfterGrant(lifeOf(), grantOf(3000), s(1800), undefined)
    expect(capped.inferredEnd).toEqual(at(4800))
    const seenAt = (end: number) =>
      lifeAtLaterLookup(capped, factsOf({ ttl: s(end - 2000), expiresAt: at(end) }), at(2000)).inferredEnd
    expect(seenAt(4802)).toEqual(at(4800))
    expect(seenAt(4803)).toBeNull()
  })

  it('keep the maximum of a mount that a lease outlives by no more than that', () => {
    const life = lifeOf({ ttl: s(3602), expiresAt: at(3602) })
    expect(lifeUnderMountMax(life, s(3600)).mountMax).toEqual(s(3600))
    expect(lifeUnderMountMax(life, s(3599)).mountMax).toBeNull()
  })

  it('leave an explicit end what it is when an inferred one is that near', () => {
    const life = { ...lifeOf({ explicitMaxTtl: s(7200) }), inferredEnd: at(7198) }
    expect(endOfLife(life)).toMatchObject({ why: 'explicit-max-ttl', at: at(7200) })
    expect(endOfLife({ ...life, inferredEnd: at(7197) })).toMatchObject({ why: 'mount-or-role-max', at: at(7197) })
  })
})

it.each([
  ['nothing', null, 'none'],
  ['its uses', 3, 'uses-left'],
] as const)('a token that never expires ends with %s', (_, usesLeft, why) => {
  expect(endOfLife(lifeOf({ expiresAt: null, usesLeft }))).toEqual({ at: null, why, isInferred: false })
})
