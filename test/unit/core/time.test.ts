import { expect, it } from 'vitest'
import { formatTime, formatTimeOrNull } from '../../../src/core/time.ts'

it('writes a time in UTC, to the second', () => {
  expect(formatTime(new Date('2026-03-01T01:02:03.999+01:00'))).toBe('2026-03-01T00:02:03Z')
})

it('keeps null', () => {
  expect(formatTimeOrNull(null)).toBeNull()
  expect(formatTimeOrNull(new Date(0))).toBe('1970-01-01T00:00:00Z')
})
