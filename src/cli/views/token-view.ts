import chalk from 'chalk'
import { type Duration, formatDuration } from '../../core/duration.ts'
import { formatTime, formatTimeOrNull } from '../../core/time.ts'
import type { EndOfLife, EndReason } from '../../connectors/vault/token/token-life.ts'
import type { TokenVerdict } from '../../connectors/vault/token/token-forecast.ts'
import type { TokenStatus } from '../../operations/token-status.ts'
import { labelled } from './lines.ts'

export function tokenDocument(
  { facts, forecast, server }: TokenStatus,
  warnings: readonly string[],
  action?: string,
): Record<string, unknown> {
  return {
    schema: 1,
    ...(action === undefined ? {} : { action }),
    token: {
      accessor: facts.accessor,
      displayName: facts.displayName,
      type: facts.type,
      policies: facts.policies,
      ttlSeconds: facts.ttl.seconds,
      expiresAt: formatTimeOrNull(facts.expiresAt),
      renewable: facts.renewable,
      creationTtlSeconds: facts.creationTtl.seconds,
      periodSeconds: facts.period?.seconds ?? null,
      explicitMaxTtlSeconds: facts.explicitMaxTtl?.seconds ?? null,
      usesLeft: facts.usesLeft,
      orphan: facts.orphan,
      issuedAt: formatTimeOrNull(facts.issuedAt),
      lastRenewalAt: formatTimeOrNull(facts.lastRenewalAt),
      path: facts.path,
      role: facts.role,
      entityId: facts.entityId,
    },
    renewal: {
      verdict: forecast.verdict,
      nextRenewalAt: formatTimeOrNull(forecast.nextRenewalAt),
      lastPossibleAt: formatTimeOrNull(forecast.lastPossibleAt),
      lastUsefulRenewalAt: formatTimeOrNull(forecast.lastUsefulRenewalAt),
      endsAt: formatTimeOrNull(forecast.end.at),
      endReason: forecast.end.why,
      isInferred: forecast.end.isInferred,
      limit: forecast.end.why,
      advice: forecast.advice,
    },
    server,
    warnings,
  }
}

export function tokenText({ facts, forecast, server }: TokenStatus): string {
  const limits = [
    facts.period && `period ${formatDuration(facts.period)}`,
    facts.explicitMaxTtl && `explicit max TTL ${formatDuration(facts.explicitMaxTtl)}`,
    facts.usesLeft !== null && usesLeft(facts.usesLeft),
    facts.orphan ? 'orphan' : 'ends with its parent',
  ].filter((limit): limit is string => typeof limit === 'string')
  const paint = verdictColours[forecast.verdict]
  return (
    `${paint(forecast.verdict)}: ${forecast.advice}\n` +
    labelled([
      ['token', `${facts.displayName} (${facts.type})`],
      ['accessor', facts.accessor ?? undefined],
      ['policies', facts.policies.join(', ')],
      [
        'left',
        facts.expiresAt === null
          ? 'never expires'
          : `${formatDuration(facts.ttl)}, until ${formatTime(facts.expiresAt)}`,
      ],
      ['granted at creation', facts.creationTtl.isPositive ? formatDuration(facts.creationTtl) : undefined],
      ['limits', limits.join(', ')],
      ['issued', facts.issuedAt === null ? undefined : formatTime(facts.issuedAt)],
      ['last renewal', facts.lastRenewalAt === null ? undefined : formatTime(facts.lastRenewalAt)],
      ['next renewal', forecast.nextRenewalAt === null ? undefined : formatTime(forecast.nextRenewalAt)],
      [
        'last useful renewal',
        forecast.lastUsefulRenewalAt === null ? undefined : formatTime(forecast.lastUsefulRenewalAt),
      ],
      ['ends', endText(forecast.end)],
      ['server', `${server.address}${server.version === null ? '' : ` (version ${server.version})`}`],
    ])
  )
}

function endText({ at, why, isInferred }: EndOfLife): string | undefined {
  const reason = reasons[why]
  if (at === null) return reason
  return `${formatTime(at)}, by ${reason}${isInferred ? ' (inferred from what was granted)' : ''}`
}

const reasons: Readonly<Record<EndReason, string | undefined>> = {
  'explicit-max-ttl': 'its explicit max TTL',
  'mount-max-ttl': 'the max TTL of its mount, or sooner if its role has a lower one',
  'mount-or-role-max': 'the max TTL of its mount or role',
  'not-renewable': 'its TTL, as it is not renewable',
  'uses-left': 'with its last use',
  parent: 'with its parent',
  period: undefined,
  none: undefined,
}

function usesLeft(count: number): string {
  return count === 1 ? '1 use left' : `${Math.max(0, count)} uses left`
}

const verdictColours: Readonly<Record<TokenVerdict, (text: string) => string>> = {
  'never-expires': chalk.green,
  renewable: chalk.green,
  expiring: chalk.yellow,
  capped: chalk.yellow,
  'not-renewable': chalk.red,
}

/** Whether so much is left; a token that never expires has enough. */
export function hasTimeLeft({ facts }: TokenStatus, wanted: Duration): boolean {
  return facts.expiresAt === null || !facts.ttl.isLessThan(wanted)
}
