import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../support/keep-alive-run.ts'
import { messages } from '../../vault/keep-alive.ts'
import { fateOf } from './fate.ts'
import { brokenPromises } from './promises.ts'
import type { TokenStory } from './token-story.ts'

const epoch = Date.parse('2026-01-01T00:00:00Z')
const at = (seconds: number): number => epoch + seconds * 1000
const line = (seconds: number, level: string, message: string, facts = {}): LogLine => ({
  time: new Date(at(seconds)).toISOString(),
  level,
  message,
  ...facts,
})
const sight = <Seen>(seconds: number, seen: Seen) => ({ askedAt: at(seconds), answeredAt: at(seconds), seen })
const series = (expiry: number, failure: number) => ({
  'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': at(expiry) / 1000,
  'certctl_vault_token_renewals_total{result="failure"}': failure,
})
const grant = (seconds: number, lease: number) => ({ askedAt: at(seconds), answeredAt: at(seconds), seconds: lease })

/** A token of 10 s, renewed after 5; the program is stopped after 12. */
const living: TokenStory = {
  grants: [grant(0, 10), grant(5, 10)],
  latestEnd: undefined,
  revokedAt: undefined,
  closures: [],
  stalls: [],
  looks: [sight(1, true), sight(11, true)],
  scrapes: [sight(1, series(10, 0)), sight(11, series(15, 0))],
  log: [line(0, 'info', messages.started), line(5, 'info', messages.renewed)],
  requests: [at(0), at(5)],
  end: { at: at(12), code: 0, isAsked: true },
}

/** The same token; the way is shut from the second 6 on, so that it ends at 15. */
const starved: TokenStory = {
  ...living,
  closures: [{ from: at(6), to: at(20) }],
  looks: [sight(1, true), sight(14, true), sight(15.2, false)],
  scrapes: [sight(1, series(10, 0)), sight(14.5, series(15, 3))],
  log: [...living.log, line(10, 'error', messages.failed), line(15.01, 'error', messages.expired, { reason: 'ttl' })],
  end: { at: at(15.3), code: 4, isAsked: false },
}

describe('the fate of a token', () => {
  it.each([
    ['alive while its last grant lasts', living, 'alive'],
    ['death by its TTL where the way was shut at the end', starved, 'ttl'],
    ['neglect where the way was open', { ...starved, closures: [{ from: at(6), to: at(12.9) }] }, 'neglected'],
    ['death by its maximum, up to what is cut off', { ...starved, latestEnd: at(16.5) }, 'max-ttl'],
    ['no death by a maximum that is farther off', { ...starved, closures: [], latestEnd: at(17.5) }, 'neglected'],
    [
      'not known when the machine stood still at the end',
      { ...starved, closures: [], stalls: [{ from: at(13), to: at(14) }] },
      'unknown',
    ],
    [
      'neglect when it stood still before',
      { ...starved, closures: [], stalls: [{ from: at(11), to: at(12) }] },
      'neglected',
    ],
    [
      'not known when the server takes back what it granted in the last moment',
      { ...living, grants: [grant(0, 10), grant(9.8, 10)], end: { at: at(12), code: 4, isAsked: false } },
      'unknown',
    ],
    ['revocation, whatever was granted', { ...starved, revokedAt: at(14) }, 'revoked'],
    [
      'that of its last grant, though one before reached farther',
      { ...starved, grants: [grant(0, 30), grant(5, 10)] },
      'ttl',
    ],
  ] as const)('is %s', (_, story, fate) => {
    const found = fateOf(story)
    expect(found.is === 'dead' ? found.why : found.is).toBe(fate)
  })
})

describe('the judge', () => {
  it.each([
    ['a token that lives', living],
    ['one that was starved', starved],
    [
      'one at its maximum, told by the warning alone',
      {
        ...starved,
        latestEnd: at(15),
        closures: [],
        scrapes: [sight(14.5, { ...series(15, 0), 'certctl_vault_token_ends_soon{issuer="vault"}': 1 })],
        log: [line(5, 'warn', messages.capped), line(15.01, 'error', messages.expired, { reason: 'max-ttl' })],
      },
    ],
    [
      'one of which nobody could know whether a lost renewal had kept it up to its maximum',
      {
        ...starved,
        latestEnd: at(20),
        log: [...starved.log.slice(0, -1), line(22, 'error', messages.expired, { reason: 'max-ttl' })],
        end: { at: at(22.1), code: 4, isAsked: false },
      },
    ],
    [
      'one that was revoked, of which nobody could know before',
      {
        ...living,
        revokedAt: at(7),
        looks: [sight(1, true), sight(9, false)],
        log: [...living.log, line(10, 'error', messages.expired, { reason: 'revoked' })],
        end: { at: at(10.1), code: 4, isAsked: false },
      },
    ],
  ] satisfies readonly (readonly [string, TokenStory])[])('finds nothing wrong with %s', (_, story) => {
    expect(brokenPromises(story)).toEqual([])
  })

  it.each([
    ['gives up a living token', { ...living, end: { at: at(12), code: 4, isAsked: false } }, 'ended with 4'],
    [
      'calls a living token dead',
      { ...living, log: [line(11, 'error', messages.expired)] },
      'called a living token dead',
    ],
    ['lets a token die on an open way', { ...starved, closures: [] }, 'the way was open'],
    ['goes on as if nothing were', { ...starved, end: { ...starved.end, code: 0 } }, 'ended with 0'],
    ['says nothing of the end ahead', { ...starved, log: starved.log.slice(-1) }, 'no line told of the end'],
    ['says nothing of the end itself', { ...starved, log: starved.log.slice(0, -1) }, 'told of the death 0 times'],
    [
      'tells the death too early',
      { ...starved, log: [...starved.log.slice(0, -1), line(14, 'error', messages.expired, { reason: 'ttl' })] },
      'called the token dead at',
    ],
    [
      'gives another reason',
      { ...starved, log: [...starved.log.slice(0, -1), line(15, 'error', messages.expired, { reason: 'revoked' })] },
      'gave the reason revoked',
    ],
    [
      'speaks of a maximum that is farther off',
      {
        ...starved,
        latestEnd: at(20),
        log: [...starved.log.slice(0, -1), line(15.01, 'error', messages.expired, { reason: 'max-ttl' })],
      },
      'gave the reason max-ttl',
    ],
    ['shows no failure', { ...starved, scrapes: [sight(14.5, series(15, 0))] }, 'told of no end'],
    ['shows too late an end', { ...starved, scrapes: [sight(14.5, series(20, 1))] }, 'lives until'],
    ['shows more than was granted', { ...living, scrapes: [sight(11, series(16, 0))] }, 'the metrics promised'],
    ['asks all the time', { ...living, requests: Array.from({ length: 40 }, () => at(1)) }, 'asked 40 times'],
  ] satisfies readonly (readonly [string, TokenStory, string])[])('catches a program that %s', (_, story, words) => {
    expect(brokenPromises(story).join('\n')).toContain(words)
  })

  it('lets a server that was in trouble be late to remove a token', () => {
    expect(brokenPromises({ ...starved, looks: [sight(18, true)] })).toEqual([])
  })

  it.each([
    ['a dead token that the server knows', { ...starved, looks: [sight(23, true)] }, 'knew a dead token'],
    [
      'a living token that the server does not know',
      { ...living, looks: [sight(11, false)] },
      'did not know a living token',
    ],
  ] satisfies readonly (readonly [string, TokenStory, string])[])(
    'is told of its own mistake by %s',
    (_, story, words) => {
      expect(brokenPromises(story).join('\n')).toContain(words)
    },
  )
})
