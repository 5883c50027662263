import { describe, expect, it } from 'vitest'
import { leafPeriod } from '../../../../src/connectors/local/leaf-period.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { RejectedError } from '../../../../src/core/errors.ts'
import { makeOwnCa } from '../../../support/own-ca.ts'

const { certificate: ca } = await makeOwnCa()
const now = new Date('2026-11-23T18:00:00Z')

describe('leafPeriod', () => {
  it('is 90 days by default, backdated by a minute', () => {
    expect(leafPeriod(ca, now)).toEqual({
      notBefore: new Date('2026-11-23T17:59:00Z'),
      notAfter: new Date('2027-02-21T18:00:00Z'),
      warnings: [],
    })
  })

  it('never begins before the CA does', () => {
    const start = new Date('2026-01-01T00:00:10Z')
    expect(leafPeriod(ca, start, Duration.ofHours(1)).notBefore).toEqual(ca.notBefore)
  })

  it('never ends after the CA does, and warns of it', () => {
    const { notAfter, warnings } = leafPeriod(ca, now, Duration.ofDays(9999))
    expect(notAfter).toEqual(ca.notAfter)
    expect(warnings).toEqual([expect.stringContaining('ends with its CA at 2046-01-01T00:00:00Z')])
  })

  it('may end with the CA without a warning', () => {
    expect(leafPeriod(ca, now, Duration.between(now, ca.notAfter)).warnings).toEqual([])
  })

  it.each([0, -1])('refuses a TTL of %i s', (seconds) => {
    expect(() => leafPeriod(ca, now, Duration.ofSeconds(seconds))).toThrow(RejectedError)
  })

  it.each([
    ['after its end', '2046-01-01T00:00:00Z', 'expired at 2046-01-01T00:00:00Z'],
    ['before its start', '2025-12-31T23:59:59Z', 'not valid before 2026-01-01T00:00:00Z'],
  ])('refuses a CA %s', (_, time, message) => {
    expect(() => leafPeriod(ca, new Date(time))).toThrow(RejectedError)
    expect(() => leafPeriod(ca, new Date(time))).toThrow(message)
  })
})
