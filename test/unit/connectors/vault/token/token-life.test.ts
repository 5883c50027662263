import { describe, expect, it } from 'vitest'
import type { TokenFacts } from '../../../../../src/connectors/vault/token/token-api.ts'
import { forecastToken } from '../../../../../src/connectors/vault/token/token-forecast.ts'
import {
  fullGrant,
  incrementFor,
  isMountMaxOfUse,
  isSameEnd,
  lifeAfterGrant,
  lifeAtLaterLookup,
  lifeAtLookup,
  lifeUnderMountMax,
} from '../../../../../src/connectors/vault/token/token-life.ts'
import { at, factsOf, grantOf, lifeOf, s } from './made-tokens.ts'

describe('the verdict', () => {
  it.each([
    ['never-expires', { expiresAt: null, ttl: s(0), renewable: false }],
    ['not-renewable', { renewable: false, explicitMaxTtl: s(3600) }],
    ['capped', { explicitMaxTtl: s(3599), ttl: s(100) }],
    ['expiring', { ttl: s(719) }],
    ['renewable', { ttl: s(720) }],
    ['capped', { explicitMaxTtl: s(3600) }],
    ['renewable', { explicitMaxTtl: s(3601) }],
    ['capped', { explicitMaxTtl: s(7200), issuedAt: at(-3600) }],
    ['renewable', { explicitMaxTtl: s(7200), issuedAt: at(-3599) }],
    ['renewable', { period: s(3600) }],
  ] as const)('is "%s", the first that fits', (verdict, changes) => {
    expect(forecastToken(lifeOf(changes)).verdict).toBe(verdict)
  })

  it('goes by the time of the server, not by a wrong clock of this host', () => {
    const facts = factsOf({ explicitMaxTtl: s(7200) })
    const life = lifeAtLookup(facts, at(86_400))
    expect(forecastToken(life)).toMatchObject({ verdict: 'renewable', nextRenewalAt: at(1800) })
  })
})

describe('the forecast', () => {
  it('says when renewal is due, when the lease ends, and that no end is known', () => {
    expect(forecastToken(lifeOf())).toMatchObject({
      expiresAt: at(3600),
      nextRenewalAt: at(1800),
      lastPossibleAt: null,
      lastUsefulRenewalAt: null,
      end: { at: null, why: 'none', isInferred: false },
    })
  })

  it('says until when renewal can keep the token at most, from its explicit max TTL', () => {
    expect(forecastToken(lifeOf({ explicitMaxTtl: s(7200) }))).toMatchObject({
      lastPossibleAt: at(7200),
      end: { at: at(7200), why: 'explicit-max-ttl', isInferred: false },
    })
  })

  it.each([
    [
      'never expires',
      { expiresAt: null, renewable: false },
      { expiresAt: null, nextRenewalAt: null, lastPossibleAt: null },
    ],
    ['is not renewable', { renewable: false }, { expiresAt: at(3600), nextRenewalAt: null, lastPossibleAt: null }],
  ])('has no renewal for a token that %s', (_, changes, expected) => {
    expect(forecastToken(lifeOf(changes))).toMatchObject(expected)
  })

  it.each([
    ['period', { period: s(3600) }, null],
    ['explicit-max-ttl', { period: s(3600), explicitMaxTtl: s(9000) }, at(9000)],
    ['uses-left', { usesLeft: 3 }, null],
    ['uses-left', { usesLeft: -1, expiresAt: null }, null],
    ['not-renewable', { renewable: false }, at(3600)],
    ['none', { explicitMaxTtl: s(9000), issuedAt: null }, null],
    ['none', { expiresAt: null, renewable: false }, null],
    ['parent', { orphan: false }, null],
    ['parent', { orphan: false, period: s(3600) }, null],
    ['uses-left', { orphan: false, usesLeft: 3 }, null],
    ['explicit-max-ttl', { orphan: false, explicitMaxTtl: s(9000) }, at(9000)],
  ] as const)('names the reason of the end: %s', (why, changes, end) => {
    expect(forecastToken(lifeOf(changes)).end).toEqual({ at: end, why, isInferred: false })
  })

  it.each([
    [{ expiresAt: null }, 'nothing to renew; it lives until it is revoked'],
    [{ renewable: false }, 'replace it before 2026-01-01T01:00:00Z: renewal cannot extend it'],
    [
      { explicitMaxTtl: s(3000) },
      'replace it before 2026-01-01T00:50:00Z: renewal cannot extend it past its explicit max TTL',
    ],
    [{ ttl: s(60) }, 'renew it now: certctl vault keep-alive --once'],
    [{}, 'keep it alive with: certctl vault keep-alive'],
    [{ usesLeft: 4 }, 'keep it alive with: certctl vault keep-alive; each renewal spends one of its uses, 4 left'],
    [{ orphan: false }, 'keep it alive with: certctl vault keep-alive; it ends with its parent, whenever that is'],
    [{ usesLeft: -1 }, 'keep it alive with: certctl vault keep-alive; each renewal spends one of its uses, 0 left'],
  ])('advises what to do: %#', (changes, advice) => {
    expect(forecastToken(lifeOf(changes)).advice).toBe(advice)
  })
})

describe('a grant', () => {
  it('moves the end of the lease and the next renewal', () => {
    const life = lifeAfterGrant(lifeOf({ ttl: s(100) }), grantOf(3600), s(50), undefined)
    expect(life.facts).toMatchObject({ ttl: s(3600), expiresAt: at(3650), renewable: true, lastRenewalAt: at(50) })
    expect(forecastToken(life)).toMatchObject({ verdict: 'renewable', nextRenewalAt: at(1850) })
  })

  it('that says "not renewable" makes the token so', () => {
    const life = lifeAfterGrant(lifeOf(), grantOf(3600, false), s(0), undefined)
    expect(forecastToken(life).verdict).toBe('not-renewable')
  })

  it('that is shorter than asked for shows the max TTL of the mount or role', () => {
    const life = lifeAfterGrant(lifeOf(), grantOf(3000), s(1800), undefined)
    const { verdict, end, advice } = forecastToken(life)
    expect({ verdict, end }).toEqual({
      verdict: 'capped',
      end: { at: at(4800), why: 'mount-or-role-max', isInferred: true },
    })
    expect(advice).toContain('as its last grant shows')
  })

  it('may lack a second that the server cut off', () => {
    const cut = lifeAfterGrant(lifeOf(), grantOf(3599), s(0), undefined)
    const short = lifeAfterGrant(lifeOf(), grantOf(3598), s(0), undefined)
    expect([cut, short].map(({ inferredEnd }) => inferredEnd)).toEqual([null, at(3598)])
  })

  it.each([
    ['what the operator asked for', {}, s(7200), 3600, true],
    ['the period, whatever was asked for', { period: s(1800) }, s(7200), 1800, false],
    ['the period', { period: s(1800) }, undefined, 900, true],
    ['a small increment', {}, s(60), 60, false],
  ])('is measured by %s', (_, changes, asked, lease, isCapped) => {
    const life = lifeAfterGrant(lifeOf(changes), grantOf(lease), s(0), asked)
    expect(life.inferredEnd !== null).toBe(isCapped)
  })

  it('that is cut by the explicit max TTL is told as that', () => {
    const life = lifeAfterGrant(lifeOf({ explicitMaxTtl: s(5000) }), grantOf(3199), s(1800), undefined)
    expect(forecastToken(life).end).toEqual({ at: at(5000), why: 'explicit-max-ttl', isInferred: false })
  })

  it('that is cut before the explicit max TTL shows a nearer limit', () => {
    const life = lifeAfterGrant(lifeOf({ explicitMaxTtl: s(50_000) }), grantOf(3000), s(1800), undefined)
    expect(forecastToken(life).end).toEqual({ at: at(4800), why: 'mount-or-role-max', isInferred: true })
  })

  it('of full length takes back an end that short ones let expect', () => {
    const capped = lifeAfterGrant(lifeOf(), grantOf(600), s(1800), undefined)
    const free = lifeAfterGrant(capped, grantOf(3600), s(300), undefined)
    expect(free.inferredEnd).toBeNull()
  })

  it('that is short but ends later than the one before shows no end, only a server that gives short leases', () => {
    const first = lifeAfterGrant(lifeOf(), grantOf(600), s(1800), undefined)
    const second = lifeAfterGrant(first, grantOf(600), s(300), undefined)
    const third = lifeAfterGrant(second, grantOf(600), s(300), undefined)
    expect([first, second, third].map(({ inferredEnd }) => inferredEnd)).toEqual([at(2400), null, null])
    const capped = lifeAfterGrant(third, grantOf(300), s(300), undefined)
    expect(capped.inferredEnd).toEqual(at(3000))
  })

  it('that ends where the one before ended confirms the end', () => {
    const first = lifeAfterGrant(lifeOf(), grantOf(1800), s(1800), undefined)
    const second = lifeAfterGrant(first, grantOf(899), s(900), undefined)
    expect(second.inferredEnd).toEqual(at(3599))
  })
})

describe('the maximum of the mount', () => {
  const under = (max: number, changes: Partial<TokenFacts> = {}) => lifeUnderMountMax(lifeOf(changes), s(max))

  it('is the end, counted from the issue, and no inference', () => {
    const { end, lastPossibleAt, advice } = forecastToken(under(4000, { ttl: s(1800), issuedAt: at(-1000) }))
    expect({ end, lastPossibleAt }).toEqual({
      end: { at: at(3000), why: 'mount-max-ttl', isInferred: false },
      lastPossibleAt: at(3000),
    })
    expect(advice).toBe(
      'replace it before 2026-01-01T00:50:00Z: renewal cannot extend it past the max TTL of its mount',
    )
  })

  it.each([
    ['the nearer of two ends', 9000, { explicitMaxTtl: s(10_000) }, 'mount-max-ttl', at(9000)],
    ['not the later one', 9000, { explicitMaxTtl: s(8000) }, 'explicit-max-ttl', at(8000)],
    ['nothing to the explicit one at the same time', 9000, { explicitMaxTtl: s(9000) }, 'explicit-max-ttl', at(9000)],
    ['no end of a period', 9000, { period: s(3600) }, 'period', null],
    ['no end without the time of issue', 9000, { issuedAt: null }, 'none', null],
    ['the end of a child too', 9000, { orphan: false }, 'mount-max-ttl', at(9000)],
  ] as const)('is %s', (_, max, changes, why, end) => {
    expect(forecastToken(under(max, changes)).end).toEqual({ at: end, why, isInferred: false })
  })

  it('yields to a grant that shows a nearer limit', () => {
    const life = lifeAfterGrant(under(50_000), grantOf(3000), s(1800), undefined)
    expect(forecastToken(life).end).toEqual({ at: at(4800), why: 'mount-or-role-max', isInferred: true })
  })

  it('stays known through grants and look-ups', () => {
    const granted = lifeAfterGrant(under(50_000), grantOf(3600), s(1800), undefined)
    const lookedUp = lifeAtLaterLookup(granted, factsOf({ expiresAt: at(5400) }), at(1800))
    expect(forecastToken(lookedUp).end.at).toEqual(at(50_000))
  })

  it.each([
    ['a grant', () => lifeAfterGrant(under(4000), grantOf(3600), s(1800), undefined)],
    ['a look-up', () => lifeAtLaterLookup(under(4000), factsOf({ expiresAt: at(5400) }), at(1800))],
    ['what is known already', () => under(3000)],
  ])('is forgotten when %s goes beyond it: it was raised', (_, life) => {
    expect(forecastToken(life()).end.why).toBe('none')
  })

  it.each([
    ['an ordinary token', {}, true],
    ['a login', { path: 'auth/team/approle/login' }, true],
    ['one with an explicit maximum, which may be the later', { explicitMaxTtl: s(9000) }, true],
    ['one that never expires', { expiresAt: null }, false],
    ['one that is not renewable', { renewable: false }, false],
    ['a periodic one', { period: s(60) }, false],
    ['one whose every request counts', { usesLeft: 5 }, false],
    ['one of an unknown age', { issuedAt: null }, false],
    ['one of an unknown mount', { path: null }, false],
    ['one of no auth mount', { path: 'elsewhere' }, false],
  ])('is worth a request for %s: %j', (_, changes, isOfUse) => {
    expect(isMountMaxOfUse(factsOf({ path: 'auth/token/create', ...changes }))).toBe(isOfUse)
  })
})

describe('a grant of a token with few uses', () => {
  it('spends one of them', () => {
    expect(lifeAfterGrant(lifeOf({ usesLeft: 3 }), grantOf(3600), s(0), undefined).facts.usesLeft).toBe(2)
  })
})

describe('a later look-up', () => {
  const capped = lifeAfterGrant(lifeOf(), grantOf(600), s(0), undefined)

  it('keeps the end that grants have shown', () => {
    const facts = factsOf({ ttl: s(300), expiresAt: at(601) })
    expect(lifeAtLaterLookup(capped, facts, at(301)).inferredEnd).toEqual(at(600))
  })

  it('drops it when the token lives longer', () => {
    const facts = factsOf({ ttl: s(3000), expiresAt: at(3300) })
    expect(lifeAtLaterLookup(capped, facts, at(300)).inferredEnd).toBeNull()
  })
})

describe('what to ask for', () => {
  it('is the creation TTL, so that one capped grant does not stay small for ever', () => {
    expect(incrementFor(factsOf(), undefined)).toEqual(s(3600))
  })

  it('is what the operator wants', () => {
    expect(incrementFor(factsOf({ period: s(60) }), s(7200))).toEqual(s(7200))
  })

  it('is nothing for a periodic token, nor where the creation TTL is not known', () => {
    expect(incrementFor(factsOf({ period: s(60) }), undefined)).toBeUndefined()
    expect(incrementFor(factsOf({ creationTtl: s(0) }), undefined)).toBeUndefined()
  })

  it('is granted in full when nothing limits it', () => {
    expect(fullGrant(factsOf({ period: s(60) }), s(7200))).toEqual(s(60))
    expect(fullGrant(factsOf(), s(7200))).toEqual(s(7200))
    expect(fullGrant(factsOf(), undefined)).toEqual(s(3600))
  })
})

describe('two reckonings of an end', () => {
  it('are one up to two seconds apart', () => {
    expect(isSameEnd(at(0), at(2))).toBe(true)
    expect(isSameEnd(at(2), at(0))).toBe(true)
    expect(isSameEnd(at(0), at(2.001))).toBe(false)
  })
})
