import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { endlessRenewal, renewalTime, type RenewBefore } from '../../../src/operations/renewal-due.ts'

const notBefore = new Date('2026-01-01T00:00:00Z')
const days = (count: number): Duration => Duration.ofDays(count)

/** How long before its end a certificate of that validity is due. */
function leftWhenDue(validity: Duration, renewBefore?: RenewBefore): Duration {
  const notAfter = validity.after(notBefore)
  return Duration.between(renewalTime({ notBefore, notAfter }, renewBefore), notAfter)
}

describe('renewalTime', () => {
  it.each([
    [days(90), days(30)],
    [days(11), days(11).times(1 / 3)],
    [days(10), days(5)],
    [days(10).plus(Duration.ofSeconds(60)), days(5).plus(Duration.ofSeconds(30))],
    [
      days(10).plus(Duration.ofSeconds(121)),
      days(10)
        .plus(Duration.ofSeconds(121))
        .times(1 / 3),
    ],
    [days(1), Duration.ofHours(12)],
    [Duration.ofSeconds(60), Duration.ofSeconds(30)],
    [Duration.zero, Duration.zero],
  ])('of a validity of %j is with %j left', (validity, left) => {
    expect(leftWhenDue(validity).milliseconds).toBeCloseTo(left.milliseconds, -1)
  })

  it.each<[RenewBefore, Duration]>([
    [{ left: days(20) }, days(20)],
    [{ left: Duration.zero }, Duration.zero],
    [{ percentLeft: 25 }, days(22.5)],
    [{ percentLeft: 0.5 }, days(0.45)],
    [{ percentLeft: 99.9 }, days(89.91)],
  ])('is where the operator wants it: %j', (renewBefore, left) => {
    expect(leftWhenDue(days(90), renewBefore).milliseconds).toBeCloseTo(left.milliseconds, -1)
  })

  it('may lie before the certificate begins', () => {
    const notAfter = days(30).after(notBefore)
    expect(renewalTime({ notBefore, notAfter }, { left: days(60) })).toEqual(days(30).before(notBefore))
  })
})

describe('endlessRenewal', () => {
  const validity = { notBefore, notAfter: days(30).after(notBefore) }

  it('warns of what is due as soon as it is there, naming what it was granted', () => {
    const text = endlessRenewal(validity, days(30).before(notBefore), notBefore)
    expect(text).toMatch(/valid for 30d, is due again at once/)
    expect(endlessRenewal(validity, notBefore, notBefore)).toBeDefined()
  })

  it('is silent otherwise, and of what is over by this clock', () => {
    expect(endlessRenewal(validity, days(1).after(notBefore), notBefore)).toBeUndefined()
    expect(endlessRenewal(validity, notBefore, validity.notAfter)).toBeUndefined()
  })
})
