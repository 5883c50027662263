import { describe, expect, it } from 'vitest'
import { Duration, formatDuration, parseDuration } from '../../../src/core/duration.ts'

describe('parseDuration', () => {
  it.each([
    ['90', 90],
    ['0', 0],
    ['007', 7],
    ['90s', 90],
    ['12h', 12 * 3600],
    ['30d', 30 * 86400],
    ['2w', 14 * 86400],
    ['1h30m', 5400],
    ['1d12h', 129600],
    ['1.5h', 5400],
    ['250ms', 0.25],
    ['36500d', 36500 * 86400],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text)?.seconds).toBe(seconds)
  })

  it.each([
    '',
    ' ',
    '30x',
    '1h30',
    '-5s',
    '+5s',
    '1H',
    '1h 30m',
    ' 90s',
    '90s\n',
    '1y',
    '1mo',
    '5 minutes',
    '1e3',
    '0x10',
    '1.5',
    '1.5.5h',
    '.5h',
    'h',
    'Infinity',
    'NaN',
    'P1D',
    '٣s',
    '36501d',
    '99999999999999999999',
    `${'9'.repeat(400)}s`,
  ])('takes "%s" for none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [0.4, '400ms'],
    [5, '5s'],
    [65, '1m 5s'],
    [3600, '1h'],
    [86399, '23h 59m'],
    [29 * 86400 + 23 * 3600 + 59, '29d 23h'],
  ])('writes %d s as its two largest units', (seconds, text) => {
    expect(formatDuration(Duration.ofSeconds(seconds))).toBe(text)
  })
})

describe('Duration', () => {
  const [short, long] = [Duration.ofSeconds(1), Duration.ofHours(1)]

  it('is exact to the millisecond', () => {
    expect(Duration.ofDays(2).milliseconds).toBe(172_800_000)
    expect(Duration.ofMilliseconds(1500).seconds).toBe(1.5)
  })

  it('finds the least and the greatest', () => {
    expect(Duration.min(long, short, long).seconds).toBe(1)
    expect(Duration.max(short, long).seconds).toBe(3600)
  })

  it('adds, subtracts and multiplies', () => {
    expect(long.plus(short).seconds).toBe(3601)
    expect(short.minus(long).seconds).toBe(-3599)
    expect(long.times(0.5).seconds).toBe(1800)
  })

  it('compares', () => {
    expect(short.isLessThan(long)).toBe(true)
    expect(long.isLessThan(long)).toBe(false)
    expect(Duration.zero.isPositive).toBe(false)
    expect(short.isPositive).toBe(true)
  })

  it('leads from one date to another', () => {
    const date = new Date('2026-01-01T00:00:00Z')
    expect(long.after(date).toISOString()).toBe('2026-01-01T01:00:00.000Z')
    expect(long.before(date).toISOString()).toBe('2025-12-31T23:00:00.000Z')
    expect(Duration.between(date, long.after(date)).seconds).toBe(3600)
  })
})
