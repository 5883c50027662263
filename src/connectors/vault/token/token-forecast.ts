import { endOfLife, nextRenewalAt, type EndOfLife, type TokenLife } from './token-life.ts'

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
  readonly end: EndOfLife
  /** What to do, as one line. */
  readonly advice: string
}

export function forecastToken(life: TokenLife): TokenForecast {
  const end = endOfLife(life)
  const verdict = verdictOn(life, end)
  return {
    verdict,
    expiresAt: life.facts.expiresAt,
    nextRenewalAt: nextRenewalAt(life),
    lastPossibleAt: end.why === 'not-renewable' ? null : end.at,
    end,
    advice: adviceFor(verdict, life, end),
  }
}

/** The first that fits. */
function verdictOn({ facts, asOf }: TokenLife, end: EndOfLife): TokenVerdict {
  if (facts.expiresAt === null) return 'never-expires'
  if (!facts.renewable) return 'not-renewable'
  if (end.at !== null && end.at < facts.creationTtl.after(asOf)) return 'capped'
  return facts.ttl.isLessThan(facts.creationTtl.times(0.2)) ? 'expiring' : 'renewable'
}

function adviceFor(verdict: TokenVerdict, { facts }: TokenLife, end: EndOfLife): string {
  switch (verdict) {
    case 'never-expires':
      return 'nothing to renew; it lives until it is revoked'
    case 'not-renewable':
      return `replace it before ${formatTime(facts.expiresAt)}: renewal cannot extend it`
    case 'capped':
      return `replace it before ${formatTime(end.at)}: renewal cannot extend it past ${limits[end.why]}`
    case 'expiring':
      return `renew it now: certctl vault keep-alive --once${costOfUses(facts.usesLeft)}`
    case 'renewable':
      return `keep it alive with: certctl vault keep-alive${costOfUses(facts.usesLeft)}`
  }
}

const limits: Readonly<Record<EndOfLife['why'], string>> = {
  'explicit-max-ttl': 'its explicit max TTL',
  'mount-or-role-max': 'the max TTL of its mount or role, as its last grant shows',
  'not-renewable': 'its TTL',
  'uses-left': 'its last use',
  period: 'its period',
  none: 'its max TTL',
}

function costOfUses(usesLeft: number | null): string {
  return usesLeft === null ? '' : `; each renewal spends one of its uses, ${Math.max(0, usesLeft)} left`
}

function formatTime(time: Date | null): string {
  return time === null ? 'its end' : time.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
