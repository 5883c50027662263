import { describe, expect, it } from 'vitest'
import { renewBeforeTold } from '../../../src/cli/renew-before.ts'
import { Duration } from '../../../src/core/duration.ts'
import { UsageError } from '../../../src/core/errors.ts'

describe('--renew-before', () => {
  it('tells nothing when it is not given', () => {
    expect(renewBeforeTold(undefined)).toBeUndefined()
  })

  it.each([
    ['30d', { left: Duration.ofDays(30) }],
    ['3600', { left: Duration.ofHours(1) }],
    ['25%', { percentLeft: 25 }],
    ['0.5%', { percentLeft: 0.5 }],
    ['100%', { percentLeft: 100 }],
  ])('reads %s', (text, value) => {
    expect(renewBeforeTold(text)).toEqual(value)
  })

  it.each(['0%', '100.1%', '250%', '-5%', '5 %', '%', '1e1%', 'soon', '', '30x', '٥%'])(
    'refuses "%s" and quotes it',
    (text) => {
      expect(() => renewBeforeTold(text)).toThrow(UsageError)
      expect(() => renewBeforeTold(text)).toThrow(`--renew-before ${text} is not`)
    },
  )
})
