import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { hasTimeLeft, tokenDocument, tokenText } from '../../../../src/cli/views/token-view.ts'
import { forecastToken } from '../../../../src/connectors/vault/token/token-forecast.ts'
import type { TokenFacts } from '../../../../src/connectors/vault/token/token-api.ts'
import { lifeAtLookup } from '../../../../src/connectors/vault/token/token-life.ts'
import { Duration } from '../../../../src/core/duration.ts'
import type { TokenStatus } from '../../../../src/operations/token-status.ts'

const facts: TokenFacts = {
  accessor: 'acc',
  displayName: 'token-web',
  type: 'service',
  policies: ['default', 'web'],
  ttl: Duration.ofSeconds(3570),
  expiresAt: new Date('2026-03-01T12:59:30.123Z'),
  renewable: true,
  creationTtl: Duration.ofHours(1),
  period: null,
  explicitMaxTtl: null,
  usesLeft: null,
  orphan: true,
  issuedAt: new Date('2026-03-01T11:59:30Z'),
  lastRenewalAt: null,
  entityId: null,
  role: null,
  path: 'auth/token/create',
  warnings: [],
}

function statusOf(changes: Partial<TokenFacts> = {}): TokenStatus {
  const changed = { ...facts, ...changes }
  return {
    facts: changed,
    forecast: forecastToken(lifeAtLookup(changed, new Date('2026-03-01T12:00:00Z'))),
    server: { address: 'https://vault.corp:8200', version: '1.21.0' },
    warnings: [],
  }
}

const textOf = (changes?: Partial<TokenFacts>) => stripVTControlCharacters(tokenText(statusOf(changes)))

describe('the document of a token', () => {
  it('has every key, null where there is no value', () => {
    expect(tokenDocument(statusOf(), ['a remark'])).toEqual({
      schema: 1,
      token: {
        accessor: 'acc',
        displayName: 'token-web',
        type: 'service',
        policies: ['default', 'web'],
        ttlSeconds: 3570,
        expiresAt: '2026-03-01T12:59:30Z',
        renewable: true,
        creationTtlSeconds: 3600,
        periodSeconds: null,
        explicitMaxTtlSeconds: null,
        usesLeft: null,
        orphan: true,
        issuedAt: '2026-03-01T11:59:30Z',
        lastRenewalAt: null,
        path: 'auth/token/create',
        role: null,
        entityId: null,
      },
      renewal: {
        verdict: 'renewable',
        nextRenewalAt: '2026-03-01T12:29:45Z',
        lastPossibleAt: null,
        lastUsefulRenewalAt: null,
        endsAt: null,
        endReason: 'none',
        isInferred: false,
        limit: 'none',
        advice: 'keep it alive with: certctl vault keep-alive',
      },
      server: { address: 'https://vault.corp:8200', version: '1.21.0' },
      warnings: ['a remark'],
    })
  })

  it('says what was done, where something was', () => {
    expect(tokenDocument(statusOf(), [], 'renewed')).toMatchObject({ schema: 1, action: 'renewed' })
  })

  it('has the limits in seconds', () => {
    const limits = { period: Duration.ofHours(2), explicitMaxTtl: Duration.ofDays(1), usesLeft: 3 }
    expect(tokenDocument(statusOf(limits), [])).toMatchObject({
      token: { periodSeconds: 7200, explicitMaxTtlSeconds: 86400, usesLeft: 3 },
    })
  })

  it('of a root token never expires', () => {
    const root = { expiresAt: null, ttl: Duration.zero, creationTtl: Duration.zero, renewable: false }
    expect(tokenDocument(statusOf(root), [])).toMatchObject({
      token: { expiresAt: null, ttlSeconds: 0 },
      renewal: { verdict: 'never-expires', nextRenewalAt: null, lastPossibleAt: null },
    })
  })
})

describe('the text of a token', () => {
  it('begins with the verdict and what to do', () => {
    expect(textOf()).toMatch(/^renewable: keep it alive with: certctl vault keep-alive\n/)
    expect(textOf({ renewable: false })).toMatch(/^not-renewable: replace it before 2026-03-01T12:59:30Z/)
  })

  it('has a line for each fact', () => {
    expect(textOf().split('\n').slice(1)).toEqual([
      '  token                token-web (service)',
      '  accessor             acc',
      '  policies             default, web',
      '  left                 59m 30s, until 2026-03-01T12:59:30Z',
      '  granted at creation  1h',
      '  limits               orphan',
      '  issued               2026-03-01T11:59:30Z',
      '  next renewal         2026-03-01T12:29:45Z',
      '  server               https://vault.corp:8200 (version 1.21.0)',
      '',
    ])
  })

  it.each([
    [{ usesLeft: 3 }, '3 uses left'],
    [{ usesLeft: 1 }, '1 use left'],
    [{ usesLeft: -1 }, '0 uses left'],
    [{ period: Duration.ofHours(2) }, 'period 2h'],
    [{ explicitMaxTtl: Duration.ofDays(1) }, 'explicit max TTL 1d'],
    [{ orphan: false }, 'ends with its parent'],
  ])('tells the limits of %j', (changes, text) => {
    expect(textOf(changes)).toMatch(new RegExp(`^  limits +.*${text}`, 'm'))
  })

  it('leaves out what a batch token or a silent server has not', () => {
    const text = tokenText({ ...statusOf({ accessor: null }), server: { address: 'https://vault', version: null } })
    expect(stripVTControlCharacters(text)).not.toContain('accessor')
    expect(stripVTControlCharacters(text)).toMatch(/server +https:\/\/vault\n/)
  })

  it('escapes what the server sent', () => {
    expect(tokenText(statusOf({ displayName: 'x\u001b]0;y\u0007' }))).toContain(String.raw`x\u{1b}]0;y\u{7} (service)`)
  })
})

describe('the time that is left', () => {
  it.each([
    [{}, Duration.ofSeconds(3570), true],
    [{}, Duration.ofSeconds(3571), false],
    [{}, Duration.zero, true],
    [{ ttl: Duration.zero }, Duration.ofSeconds(1), false],
    [{ expiresAt: null, ttl: Duration.zero }, Duration.ofDays(9999), true],
  ])('of %j is enough for %j: %s', (changes, wanted, answer) => {
    expect(hasTimeLeft(statusOf(changes), wanted)).toBe(answer)
  })
})
