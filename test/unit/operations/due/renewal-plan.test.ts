import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Duration } from '../../../../src/core/duration.ts'
import { stableJitter } from '../../../../src/operations/due/jitter.ts'
import { parseWindow } from '../../../../src/operations/due/maintenance-window.ts'
import { planRenewal, type RenewalRules } from '../../../../src/operations/due/renewal-plan.ts'

beforeEach(() => void vi.stubEnv('TZ', 'UTC'))
afterEach(() => void vi.unstubAllEnvs())

// Ninety days: to be renewed from 2026-04-30T00:00:00Z on, late from 2026-05-15 on.
const quarter = { notBefore: new Date('2026-03-01T00:00:00Z'), notAfter: new Date('2026-05-30T00:00:00Z') }
const hour = { notBefore: new Date('2026-03-01T00:00:00Z'), notAfter: new Date('2026-03-01T01:00:00Z') }

function plan(now: string, rules: Partial<RenewalRules> & { readonly window?: string } = {}, validity = quarter) {
  const { window, ...others } = rules
  const windows = window === undefined ? [] : [parseWindow(window, 'the window')]
  return planRenewal(validity, { jitter: 0, windows, ...others }, new Date(now))
}

describe('without anything told', () => {
  it('a certificate is due from a third of its validity on, or half of it when it is short', () => {
    expect(plan('2026-04-29T23:59:59Z')).toMatchObject({
      isDue: false,
      nextRenewalAt: new Date('2026-04-30T00:00:00Z'),
    })
    expect(plan('2026-04-30T00:00:00Z')).toMatchObject({ isDue: true, nextRenewalAt: new Date('2026-04-30T00:00:00Z') })
    expect(plan('2026-03-01T00:29:59Z', {}, hour).isDue).toBe(false)
    expect(plan('2026-03-01T00:30:00Z', {}, hour).isDue).toBe(true)
  })
})

describe('jitter', () => {
  it('is a part of the time for renewing, whatever the validity', () => {
    expect(plan('2026-03-02T00:00:00Z', { jitter: 0.5 }).nextRenewalAt).toEqual(new Date('2026-05-01T12:00:00Z'))
    expect(plan('2026-03-01T00:00:00Z', { jitter: 0.5 }, hour).nextRenewalAt).toEqual(new Date('2026-03-01T00:31:30Z'))
  })

  it('never comes near the end', () => {
    const { nextRenewalAt } = plan('2026-03-02T00:00:00Z', { jitter: 1 })
    expect(nextRenewalAt).toEqual(new Date('2026-05-03T00:00:00Z'))
  })

  it('spreads what is kept for the certificate, and not what is told for this run', () => {
    const renewBefore = { left: Duration.ofDays(10) }
    expect(plan('2026-03-02T00:00:00Z', { jitter: 0.5, renewBefore }).nextRenewalAt).toEqual(
      new Date('2026-05-20T00:00:00Z'),
    )
    expect(plan('2026-03-02T00:00:00Z', { jitter: 0.5, keptRenewBefore: renewBefore }).nextRenewalAt).toEqual(
      new Date('2026-05-20T12:00:00Z'),
    )
  })

  it('is the same for a certificate on a host, and differs among hosts and certificates', () => {
    expect(stableJitter('a.corp', '/tls/web')).toBe(stableJitter('a.corp', '/tls/web'))
    const many = Array.from({ length: 1000 }, (_, index) => stableJitter(`host-${index}.corp`, '/tls/web'))
    expect(new Set(many).size).toBe(1000)
    expect(Math.min(...many)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...many)).toBeLessThan(1)
    const mean = many.reduce((sum, one) => sum + one) / many.length
    expect(mean).toBeGreaterThan(0.45)
    expect(mean).toBeLessThan(0.55)
    expect(stableJitter('a.corp', '/tls/web')).not.toBe(stableJitter('a.corp', '/tls/db'))
  })
})

describe('a window', () => {
  // 2026-04-30 is a Thursday.
  const window = 'Sat 02:00-04:00'

  it.each([
    ['says when a certificate will be renewed', '2026-03-02T00:00:00Z', false, '2026-05-02T02:00:00Z', undefined],
    ['is waited for', '2026-05-01T00:00:00Z', false, '2026-05-02T02:00:00Z', 'window'],
    ['lets renew', '2026-05-02T03:59:59Z', true, '2026-05-02T02:00:00Z', undefined],
    ['that was missed comes again', '2026-05-02T04:00:00Z', false, '2026-05-09T02:00:00Z', 'window'],
    ['is not waited for once it is late', '2026-05-15T00:00:00Z', true, '2026-05-02T02:00:00Z', undefined],
    ['that opens too late is overridden in time', '2026-05-09T05:00:00Z', false, '2026-05-15T00:00:00Z', 'window'],
    ['is nothing to an expired one', '2026-06-15T00:00:00Z', true, '2026-05-02T02:00:00Z', undefined],
  ])('%s', (_, now, isDue, nextRenewalAt, waitsFor) => {
    expect(plan(now, { window })).toMatchObject({ isDue, nextRenewalAt: new Date(nextRenewalAt), waitsFor })
  })

  it('of a night is too seldom for an hour, which is renewed all the same', () => {
    expect(plan('2026-03-01T00:40:00Z', { window }, hour).isDue).toBe(false)
    expect(plan('2026-03-01T00:45:00Z', { window }, hour).isDue).toBe(true)
  })
})

describe('a failed try', () => {
  const attempts = {
    failures: 3,
    lastAt: '2026-05-01T00:00:00Z',
    nextAt: '2026-05-01T00:20:00Z',
    error: { code: 'a', message: 'b' },
  }

  it.each([
    ['puts off the next', '2026-05-01T00:19:59Z', false, '2026-05-01T00:20:00Z', 'next-try'],
    ['is tried again at its time', '2026-05-01T00:20:00Z', true, '2026-04-30T00:00:00Z', undefined],
    ['is nothing to one that is not due', '2026-04-01T00:00:00Z', false, '2026-04-30T00:00:00Z', undefined],
  ])('%s', (_, now, isDue, nextRenewalAt, waitsFor) => {
    expect(plan(now, { attempts })).toMatchObject({ isDue, nextRenewalAt: new Date(nextRenewalAt), waitsFor })
  })
})

describe('a certificate of no use', () => {
  const [now, useless] = ['2026-03-02T00:00:00Z', { isUseless: true, jitter: 1, window: 'Sat 02:00-03:00' }]

  it('is due at once, whatever is left of it and whatever window is kept', () => {
    const at = new Date(now)
    expect(plan(now, useless)).toEqual({ isDue: true, dueAt: at, nextRenewalAt: at, waitsFor: undefined })
  })

  it('is not asked for before a failed try has been waited for', () => {
    const attempts = {
      failures: 2,
      lastAt: '2026-03-01T23:59:00Z',
      nextAt: '2026-03-02T00:05:00Z',
      error: { code: 'rejected', message: 'no' },
    }
    expect(plan(now, { ...useless, attempts })).toMatchObject({
      isDue: false,
      nextRenewalAt: new Date(attempts.nextAt),
      waitsFor: 'next-try',
    })
  })
})
