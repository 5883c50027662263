import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../../src/http/retry-after.ts'

const now = new Date('2026-03-01T12:00:00Z')

describe('parseRetryAfter', () => {
  it.each([
    ['7', 7],
    [' 120 ', 120],
    ['0', 1],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 1],
  ])('reads %j as %i s', (value, seconds) => {
    expect(parseRetryAfter(value, now)?.seconds).toBe(seconds)
  })

  it.each(['', 'soon', '-3', '1.5', '1e3', '99999999999', 'Sun, 99 Mar 2026 12:00:30 GMT', '2026-03-01T12:00:30Z'])(
    'does not know what %j means',
    (value) => {
      expect(parseRetryAfter(value, now)).toBeUndefined()
    },
  )
})
