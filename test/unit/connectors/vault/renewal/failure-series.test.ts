import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../../../src/core/errors.ts'
import { FailureSeries } from '../../../../../src/connectors/vault/renewal/failure-series.ts'
import { ConnectionError } from '../../../../../src/http/http-client.ts'
import { s } from './renewer-scene.ts'

const sealed = new UnavailableError('the server is sealed', { code: 'sealed' })

describe('a series of failures', () => {
  it('is loud at its first, and after a success at the first again', () => {
    const series = new FailureSeries()
    expect([series.add(sealed, s(100)), series.add(sealed, s(99))]).toEqual([{ isLoud: true }, { isLoud: false }])
    expect(series.count).toBe(2)
    series.clear()
    expect(series.count).toBe(0)
    expect(series.add(sealed, s(98))).toEqual({ isLoud: true })
  })

  it('is loud each time half of what was left has passed', () => {
    const series = new FailureSeries()
    const loud = [100, 80, 51, 50, 40, 26, 25, 13, 12].filter((left) => series.add(sealed, s(left)).isLoud)
    expect(loud).toEqual([100, 50, 25, 12])
  })

  it('starts from more when the end has moved out', () => {
    const series = new FailureSeries()
    const loud = [4, 60, 40, 31, 30].filter((left) => series.add(sealed, s(left)).isLoud)
    expect(loud).toEqual([4, 30])
  })

  it('is loud at a change of code or of text', () => {
    const series = new FailureSeries()
    const errors = [
      sealed,
      new UnavailableError('the server throttles', { code: 'throttled' }),
      new UnavailableError('the server throttles much', { code: 'throttled' }),
      new UnavailableError('the server throttles much', { code: 'throttled' }),
    ]
    expect(errors.map((error) => series.add(error, s(100)).isLoud)).toEqual([true, true, true, false])
  })

  it('takes timeouts of different lengths for one cause', () => {
    const series = new FailureSeries()
    const loud = ['30', '15', '7'].map((length) => {
      const error = new ConnectionError(`no reply within ${length} s`, true, { code: 'timeout' })
      return series.add(error, s(100)).isLoud
    })
    expect(loud).toEqual([true, false, false])
  })

  it('is loud at the first and at changes alone while nobody knows what is left', () => {
    const series = new FailureSeries()
    expect([1, 2, 3].map(() => series.add(sealed, undefined).isLoud)).toEqual([true, false, false])
  })
})
