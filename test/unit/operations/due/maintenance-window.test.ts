import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../../../src/core/errors.ts'
import { firstMomentIn, parseWindow } from '../../../../src/operations/due/maintenance-window.ts'

beforeEach(() => void vi.stubEnv('TZ', 'Europe/Berlin'))
afterEach(() => void vi.unstubAllEnvs())

function first(texts: readonly string[], from: string): string | undefined {
  const windows = texts.map((text) => parseWindow(text, '--window'))
  return firstMomentIn(windows, new Date(from))?.toISOString()
}

describe('a maintenance window', () => {
  // 2026-03-04 is a Wednesday; Berlin is an hour ahead of UTC.
  it.each([
    ['is open', ['02:00-04:00'], '2026-03-04T02:30:00Z', '2026-03-04T02:30:00.000Z'],
    ['opens later on the day', ['02:00-04:00'], '2026-03-04T00:00:00Z', '2026-03-04T01:00:00.000Z'],
    ['has begun this instant', ['02:00-04:00'], '2026-03-04T01:00:00Z', '2026-03-04T01:00:00.000Z'],
    ['is over at its end', ['02:00-04:00'], '2026-03-04T03:00:00Z', '2026-03-05T01:00:00.000Z'],
    ['is on another day', ['Sat,Sun 02:00-04:00'], '2026-03-04T12:00:00Z', '2026-03-07T01:00:00.000Z'],
    ['is of a range of days', ['mon-fri 02:00-04:00'], '2026-03-07T12:00:00Z', '2026-03-09T01:00:00.000Z'],
    ['is of a range over the weekend', ['Sat-Mon 02:00-04:00'], '2026-03-09T12:00:00Z', '2026-03-14T01:00:00.000Z'],
    ['comes again in a week', ['Wed 02:00-04:00'], '2026-03-04T12:00:00Z', '2026-03-11T01:00:00.000Z'],
    ['lasts over midnight', ['Tue 22:00-05:00'], '2026-03-04T03:30:00Z', '2026-03-04T03:30:00.000Z'],
    ['has ended after midnight', ['Tue 22:00-05:00'], '2026-03-04T04:30:00Z', '2026-03-10T21:00:00.000Z'],
    ['is all of a day', ['Sun 00:00-24:00'], '2026-03-04T12:00:00Z', '2026-03-07T23:00:00.000Z'],
    [
      'is the first of several',
      ['Sun 02:00-04:00', 'Thu 03:00-04:00'],
      '2026-03-04T12:00:00Z',
      '2026-03-05T02:00:00.000Z',
    ],
    ['is shorter when clocks go forward', ['Sun 01:00-04:00'], '2026-03-29T01:59:00Z', '2026-03-29T01:59:00.000Z'],
    [
      'ends by the clock on the wall when clocks go back',
      ['Sun 01:00-04:00'],
      '2026-10-25T02:59:00Z',
      '2026-10-25T02:59:00.000Z',
    ],
  ])('%s', (_, texts, from, moment) => {
    expect(first(texts, from)).toBe(moment)
  })

  it('is none where none is told', () => {
    expect(first([], '2026-03-04T12:00:00Z')).toBeUndefined()
  })

  it.each([
    '',
    'Sat',
    '02:00',
    '25:00-26:00',
    '02:60-03:00',
    '24:00-02:00',
    'Sa 02:00-04:00',
    'Sat- 02:00-04:00',
    'Sat,, 02:00-04:00',
    '2-4',
    '02:00-02:00',
    'Mon-Tue-Wed 02:00-04:00',
  ])('is not "%s"', (text) => {
    expect(() => parseWindow(text, '--window')).toThrow(UsageError)
    expect(() => parseWindow(text, '--window')).toThrow(`--window "${text}"`)
  })
})
