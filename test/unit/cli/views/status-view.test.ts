import { describe, expect, it } from 'vitest'
import { lifetimeText } from '../../../../src/cli/views/lifetime-view.ts'
import { nagiosCode, nagiosText, nagiosUnknown } from '../../../../src/cli/views/nagios-view.ts'
import { statusDocument, statusText } from '../../../../src/cli/views/status-view.ts'
import { FileError } from '../../../../src/core/errors.ts'
import type { CertificateState, CertificateStatus } from '../../../../src/operations/certificate-status.ts'

const now = new Date('2026-02-15T00:00:00Z')

function seen(name: string, state: CertificateState = 'ok', reason?: string, hint?: string): CertificateStatus {
  const certificate = {
    name,
    serial: '0a:0b',
    issuer: { kind: 'vault', name: 'prod' },
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date(state === 'expired' ? '2026-02-13T00:00:00Z' : '2026-04-01T00:00:00Z'),
    deploy: 'none' as const,
    lastError: undefined,
    nextRenewalAt: new Date(state === 'ok' ? '2026-03-02T00:00:00Z' : '2026-02-01T00:00:00Z'),
  }
  return { directory: `/etc/tls/${name}`, state, reason, hint, error: undefined, certificate }
}

function pending(name: string): CertificateStatus {
  const status = seen(name)
  return { ...status, certificate: status.certificate && { ...status.certificate, deploy: 'pending' } }
}

const missing: CertificateStatus = {
  directory: '/etc/tls/gone',
  state: 'missing',
  reason: 'there is no certificate of certctl',
  hint: 'certctl issue NAME --out /etc/tls/gone',
  error: undefined,
  certificate: undefined,
}

describe('the document of a status', () => {
  it('has for each certificate what scripts rely on', () => {
    const document = statusDocument([seen('web.corp'), missing], ['a warning'])
    expect(document).toMatchObject({
      schema: 1,
      certificates: [
        {
          dir: '/etc/tls/web.corp',
          name: 'web.corp',
          state: 'ok',
          deploy: 'none',
          issuer: { kind: 'vault', name: 'prod' },
          notAfter: '2026-04-01T00:00:00Z',
          nextRenewalAt: '2026-03-02T00:00:00Z',
        },
        { dir: '/etc/tls/gone', name: null, state: 'missing', notAfter: null, nextRenewalAt: null },
      ],
      summary: { ok: 1, missing: 1, notYetValid: 0 },
      warnings: ['a warning'],
    })
  })

  it('has the error of what is unreadable', () => {
    const error = new FileError('it is broken', { hint: 'mend it' })
    const document = statusDocument([{ ...missing, state: 'unreadable', error }], [])
    expect(document).toMatchObject({ certificates: [{ state: 'unreadable', error: { code: 'file', exitCode: 7 } }] })
  })
})

describe('the table of a status', () => {
  it('shows the worst first, and counts', () => {
    const lines = statusText([seen('a.corp'), seen('b.corp', 'expired', 'since 2d'), missing], now).split('\n')
    expect(lines[1]).toMatch(/^b\.corp +expired +ended 2d ago +now +prod/)
    expect(lines[2]).toMatch(/^\? +missing +\/etc\/tls\/gone: there is no certificate/)
    expect(lines[3]).toMatch(/^a\.corp +ok +45d +in 15d +prod/)
    expect(lines.at(-2)).toBe('3 certificates: 1 expired, 1 missing, 1 ok')
  })

  it('names in its last line those that wait for deployment: they answer no, too', () => {
    const summary = '3 certificates: 3 ok (2 with deployment pending)'
    expect(
      statusText([seen('a'), pending('b'), pending('c')], now)
        .split('\n')
        .at(-2),
    ).toBe(summary)
    expect(statusDocument([seen('a'), pending('b')], [])).toMatchObject({ summary: { ok: 2, deployPending: 1 } })
  })

  it('keeps its columns over hundreds of rows', () => {
    const many = Array.from({ length: 700 }, (_, index) => seen(`host-${index}.corp`))
    const rows = statusText([...many, seen('a-much-longer-name.of-one.host.corp')], now)
      .split('\n')
      .slice(1, 702)
    expect(rows).toHaveLength(701)
    expect(new Set(rows.map((row) => row.indexOf('prod'))).size).toBe(1)
  })

  it('says how to begin where there is none', () => {
    expect(statusText([], now)).toBe('no certificate is known on this host; make one: certctl issue NAME\n')
  })

  it('shows no control character of a name', () => {
    expect(statusText([seen('a\u001b[2Jb')], now)).not.toContain('\u001b[2J')
  })
})

describe('the picture of lifetimes', () => {
  it('has a bar for each: half used, the renewal at two thirds', () => {
    const [, line] = lifetimeText([seen('web.corp')], now, { columns: 58, rows: 10 }).split('\n')
    expect(line).toBe(`web.corp  ${'━'.repeat(15)}${'─'.repeat(5)}┃${'─'.repeat(9)}  45d`)
  })

  it('shows one that has ended as used to its end', () => {
    const [, line] = lifetimeText([seen('web.corp', 'expired')], now, { columns: 58, rows: 10 }).split('\n')
    expect(line).toMatch(/^web\.corp {2}[━┃]{30} {2}ended 2d ago$/)
  })

  it('is never wider than the screen', () => {
    const names = ['a', 'web.corp', 'a-name-that-is-far-longer-than-any-column-would-be.corp']
    for (const columns of [60, 80, 200]) {
      const lines = lifetimeText(
        names.map((name) => seen(name)),
        now,
        { columns, rows: 10 },
      ).split('\n')
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  })

  it('is left out of a screen that is too narrow, and where there is nothing to show', () => {
    expect(lifetimeText([seen('web.corp')], now, { columns: 30, rows: 10 })).toBe('')
    expect(lifetimeText([missing], now, { columns: 100, rows: 10 })).toBe('')
  })

  it('shows as many as fit, and says how many more there are', () => {
    const many = Array.from({ length: 30 }, (_, index) => seen(`host-${index}.corp`))
    const text = lifetimeText(many, now, { columns: 80, rows: 10 })
    expect(text.match(/┃/g)).toHaveLength(11)
    expect(text).toContain('and 20 more, none of them worse')
  })
})

describe('the line of a monitoring plug-in', () => {
  it.each([
    [[], 3, 'UNKNOWN - no certificate is known on this host'],
    [[seen('a'), seen('b', 'due', 'since 1d')], 0, 'OK - 2 certificates: 1 due, 1 ok'],
    [
      [seen('a'), seen('b', 'overdue', 'since 9d')],
      1,
      'WARNING - 2 certificates: 1 overdue, 1 ok; b: overdue, since 9d',
    ],
    [[pending('a')], 1, 'WARNING - 1 certificate: 1 ok (1 with deployment pending); a: ok, deployment pending'],
    [[seen('a', 'overdue'), { ...missing, state: 'unreadable' as const }], 3, 'UNKNOWN - '],
    [[{ ...missing, state: 'unreadable' as const }, seen('a', 'expired')], 2, 'CRITICAL - '],
    [[missing], 2, 'CRITICAL - '],
    [[seen('a', 'mismatch')], 2, 'CRITICAL - '],
  ])('%#: says what is worst', (statuses, code, text) => {
    expect(nagiosCode(statuses)).toBe(code)
    expect(nagiosText(statuses, now)).toContain(`CERTIFICATES ${text}`)
  })

  it('has performance data behind its only bar', () => {
    const text = nagiosText([seen('a|b', 'expired', 'since 2d'), seen('c')], now)
    const [line] = text.split('\n')
    expect(line?.split('|')).toHaveLength(2)
    expect(line?.split('| ')[1]).toBe(
      'certificates=2;;;0 expired=1;;;0 revoked=0;;;0 mismatch=0;;;0 missing=0;;;0 unreadable=0;;;0 not-yet-valid=0;;;0 overdue=0;;;0 due=0;;;0 ok=1;;;0 seconds_left=-172800s',
    )
  })

  it('names the others that need somebody on lines of their own', () => {
    const text = nagiosText([seen('a', 'expired', 'since 2d'), seen('b', 'overdue', 'since 1d'), seen('c')], now)
    expect(text.split('\n').slice(1)).toEqual(['b: overdue, since 1d', ''])
  })

  it('says what went wrong when nothing can be told', () => {
    expect(nagiosUnknown('x|y\n')).toBe('CERTIFICATES UNKNOWN - x/y\\n\n')
  })
})
