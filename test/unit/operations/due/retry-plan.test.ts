import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../src/core/duration.ts'
import { ConfigError, FileError, UnavailableError, UsageError } from '../../../../src/core/errors.ts'
import { afterFailure, retryDelay, waitsUntil } from '../../../../src/operations/due/retry-plan.ts'

const now = new Date('2026-03-01T12:00:00Z')
const month = Duration.ofDays(30).after(now)
const down = new UnavailableError('vault is sealed', { code: 'sealed' })

describe('the wait after failures', () => {
  it.each([
    [1, Duration.ofDays(30), Duration.zero],
    [2, Duration.ofDays(30), Duration.ofSeconds(300)],
    [3, Duration.ofDays(30), Duration.ofSeconds(1200)],
    [4, Duration.ofDays(30), Duration.ofSeconds(4800)],
    [6, Duration.ofDays(30), Duration.ofSeconds(76800)],
    [7, Duration.ofDays(30), Duration.ofDays(1)],
    [9999, Duration.ofDays(300), Duration.ofDays(1)],
    [9, Duration.ofDays(2), Duration.ofHours(2.4)],
    [9, Duration.ofHours(1), Duration.ofSeconds(180)],
    [9, Duration.ofSeconds(5), Duration.ofSeconds(60)],
    [9, Duration.ofSeconds(-5), Duration.ofSeconds(300)],
  ])('of %i in a row, with %o left', (failures, left, delay) => {
    expect(retryDelay(failures, left)).toEqual(delay)
  })
})

describe('what is remembered of a failure', () => {
  it('is how many there were, the last error and the next try', () => {
    const first = afterFailure(undefined, down, { now, notAfter: month })
    expect(first).toEqual({
      failures: 1,
      lastAt: '2026-03-01T12:00:00Z',
      nextAt: '2026-03-01T12:00:00Z',
      error: { code: 'sealed', message: 'vault is sealed' },
    })
    const second = afterFailure(first, new FileError('the disk is full'), { now, notAfter: month })
    expect(second).toMatchObject({
      failures: 2,
      nextAt: '2026-03-01T12:05:00Z',
      error: { message: 'the disk is full' },
    })
  })

  it('makes nobody wait who mends a setting', () => {
    const before = {
      failures: 5,
      lastAt: '2026-03-01T11:00:00Z',
      nextAt: '2026-03-01T11:00:00Z',
      error: { code: 'a', message: 'b' },
    }
    const after = afterFailure(before, new ConfigError('token is required'), { now, notAfter: month })
    expect(after).toMatchObject({ failures: 6, nextAt: '2026-03-01T12:00:00Z' })
  })

  it.each([
    ['a wrong flag', new UsageError('no')],
    ['another run that is at work', new FileError('locked', { code: 'locked' })],
    ['an interruption', new Error('interrupted')],
  ])('is nothing of %s', (_, error) => {
    expect(afterFailure(undefined, error, { now, notAfter: month })).toBeUndefined()
  })
})

describe('the next try', () => {
  const attempts = {
    failures: 2,
    lastAt: '2026-03-01T12:00:00Z',
    nextAt: '2026-03-01T12:05:00Z',
    error: { code: 'a', message: 'b' },
  }

  it.each([
    ['before it', '2026-03-01T12:04:59Z', new Date('2026-03-01T12:05:00Z')],
    ['at its time', '2026-03-01T12:05:00Z', undefined],
    ['by a clock that was set back', '1970-01-01T00:00:00Z', undefined],
  ])('%s', (_, at, until) => {
    expect(waitsUntil(attempts, new Date(at))).toEqual(until)
  })

  it('is any when nothing has failed', () => {
    expect(waitsUntil(undefined, now)).toBeUndefined()
  })
})
