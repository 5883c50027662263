import { describe, expect, it } from 'vitest'
import { formatTime } from '../../../src/core/time.ts'
import { parseNodeTime } from '../../../src/pki/time.ts'

describe('parseNodeTime', () => {
  it.each([
    ['Nov 23 18:00:00 2026 GMT', '2026-11-23T18:00:00Z'],
    ['Feb  3 01:02:03 2050 GMT', '2050-02-03T01:02:03Z'],
    ['Dec 31 23:59:59 9999 GMT', '9999-12-31T23:59:59Z'],
    ['Jan  1 00:00:00.5 2000 GMT', '2000-01-01T00:00:00Z'],
  ])('reads %s', (text, time) => {
    expect(formatTime(parseNodeTime(text))).toBe(time)
  })

  it.each(['', 'Bad time value', '2026-11-23', 'Foo  3 01:02:03 2050 GMT'])('throws for %j', (text) => {
    expect(() => parseNodeTime(text)).toThrow('is no date')
  })
})
