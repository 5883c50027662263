import type { Duration } from '../../../core/duration.ts'
import { formatTime } from '../../../core/time.ts'
import { lastUsefulRenewalAt } from './last-useful-renewal.ts'
import { endOfLife, nextRenewalAt, type EndOfLife, type EndReason, type TokenLife } from './token-life.ts'

export type TokenVerdict = 'never-expires' | 'not-renewable' | 'capped' | 'expiring' | 'renewable'

/** How long the token can live; `token-status` and keep-alive show the same. */
export interface TokenForecast {
  readonly verdict: TokenVerdict
  /** Null: it never expires. */
  readonly expiresAt: Date | null
  /** Null when there is nothing to renew. */
  readonly nextRenewalAt: Date | null
  /** Until when renewals can keep it alive at most; null when that is unknown, or there is nothing to renew. */
  readonly lastPossibleAt: Date | null
  /** The last renewal of the regular cadence that still gives more time; null when none will, or nobody knows. */
  readonly lastUsefulRenewalAt: Date | null
  readonly end: EndOfLife
  /** What to do, as one line. */
  readonly advice: string
}

/** `asked` is what each grant shall be, as the operator wants it. */
export function forecastToken(life: TokenLife, asked?: Duration): TokenForecast {
  const end = endOfLife(life)
  const verdict = verdictOn(life, end)
  return {
    verdict,
    expiresAt: life.facts.expiresAt,
    nextRenewalAt: nextRenewalAt(life),
    lastPossibleAt: end.why === 'not-renewable' ? null : end.at,
    lastUsefulRenewalAt: lastUsefulRenewalAt(life, end, asked),
    end,
    advice: adviceFor(verdict, life, end),
  }
}

/** The first that fits. Any renewal comes after `asOf`, so an end at the full lease from there is one that cuts it. */
function verdictOn({ facts, asOf }: TokenLife, end: EndOfLife): TokenVerdict {
  if (facts.expiresAt === null) return 'never-expires'
  if (!facts.renewable) return 'not-renewable'
  if (end.at !== null && end.at <= facts.creationTtl.after(asOf)) return 'capped'
  return facts.ttl.isLessThan(facts.creationTtl.times(0.2)) ? 'expiring' : 'renewable'
}

function adviceFor(verdict: TokenVerdict, { facts }: TokenLife, end: EndOfLife): string {
  const limits = `${costOfUses(facts.usesLeft)}${facts.orphan ? '' : '; it ends with its parent, whenever that is'}`
  switch (verdict) {
    case 'never-expires':
      return 'nothing to renew; it lives until it is revoked'
    case 'not-renewable':
      return `replace it before ${timeOf(facts.expiresAt)}: renewal cannot extend it`
    case 'capped':
      return `replace it before ${timeOf(end.at)}: renewal cannot extend it past ${whatEndsIt[end.why]}`
    case 'expiring':
      return `renew it now: certctl vault keep-alive --once${limits}`
    case 'renewable':
      return `keep it alive with: certctl vault keep-alive${limits}`
  }
}

const whatEndsIt: Readonly<Record<EndReason, string>> = {
  'explicit-max-ttl': 'its explicit max TTL',
  'mount-max-ttl': 'the max TTL of its mount',
  'mount-or-role-max': 'the max TTL of its mount or role, as its last grant shows',
  'not-renewable': 'its TTL',
  'uses-left': 'its last use',
  parent: 'its parent',
  period: 'its period',
  none: 'its max TTL',
}

function costOfUses(usesLeft: number | null): string {
  return usesLeft === null ? '' : `; each renewal spends one of its uses, ${Math.max(0, usesLeft)} left`
}

function timeOf(time: Date | null): string {
  return time === null ? 'its end' : formatTime(time)
}
