import chalk from 'chalk'
import { Duration, formatDuration } from '../../core/duration.ts'
import type { InstanceStatus } from '../keep-alive/ask-instance.ts'
import { labelled } from './lines.ts'

type IssuerStatus = InstanceStatus['issuers'][number]

export function instanceDocument(
  { ok, ...facts }: InstanceStatus,
  warnings: readonly string[],
): Record<string, unknown> {
  return { schema: 1, ready: ok, ...facts, warnings }
}

export function instanceText(status: InstanceStatus, now: Date): string {
  const { ok, tokens, notReady, stuck, pid, version, startedAt, issuers } = status
  const count = tokens === 1 ? '1 token' : `${tokens} tokens`
  const verdict = ok ? chalk.green(`ready: ${count}`) : chalk.red(`not ready: ${notReady} of ${count}`)
  const parts = [
    `${verdict}\n`,
    labelled([
      ['process', `${pid}, certctl ${version}, since ${startedAt}`],
      ['stuck', stuck.length === 0 ? undefined : stuck.join(', ')],
    ]),
    ...issuers.map((issuer) => `${chalk.bold(issuer.issuer)}\n${issuerLines(issuer, now)}`),
  ]
  return parts.join('')
}

function issuerLines({ reason, state, failures, lastError, ...times }: IssuerStatus, now: Date): string {
  return labelled([
    ['state', reason === null || reason === state ? state : `${state}, not ready: ${reason}`],
    ['expires', withDistance(times.expiresAt, now)],
    ['next renewal', withDistance(times.nextRenewalAt, now)],
    ['ends', withDistance(times.endsAt, now)],
    ['failures', failures === 0 ? undefined : `${failures} since the last success`],
    ['last error', lastError?.message],
  ])
}

function withDistance(time: string | null, now: Date): string | undefined {
  if (time === null) return undefined
  const left = Duration.between(now, new Date(time))
  return left.isPositive ? `${time} (in ${formatDuration(left)})` : `${time} (past)`
}
