import chalk from 'chalk'
import { errorMessage } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { PlannedOutcome } from '../../operations/apply/apply-all.ts'
import type { AppliedPlan } from '../../operations/apply/apply-certificate.ts'
import type { DeployedOutcome } from '../../operations/renew-and-deploy.ts'
import type { Named } from '../apply/apply-entries.ts'
import { errorFacts } from '../present-error.ts'
import { renewalResult, renewalText } from './renewal-view.ts'
import { countIn, countPending, summaryLine } from './summary-line.ts'

const nothingAsked = 'the file asks for no certificate'

export function appliedDocument(
  outcomes: readonly Named<DeployedOutcome>[],
  warnings: readonly string[],
): Record<string, unknown> {
  const count = countIn(outcomes.map((outcome) => ('error' in outcome ? 'failed' : outcome.renewal.action)))
  const deployPending = countPending(outcomes)
  return {
    schema: 1,
    get results() {
      return outcomes.map((outcome) => ({ name: outcome.name, ...renewalResult(outcome) }))
    },
    summary: {
      issued: count('issued'),
      renewed: count('renewed'),
      changed: count('changed'),
      notDue: count('not-due'),
      failed: count('failed'),
      ...(deployPending > 0 ? { deployPending } : {}),
    },
    warnings,
  }
}

/** What was done, and a line that sums it up; of a certificate that is as it should be nothing is said, of one that waits for its next try it is. */
export function appliedText(outcomes: readonly Named<DeployedOutcome>[]): string {
  const told = outcomes.filter(
    (outcome) => 'error' in outcome || outcome.renewal.action !== 'not-due' || outcome.renewal.lastError !== undefined,
  )
  const count = countIn(outcomes.map((outcome) => ('error' in outcome ? 'failed' : outcome.renewal.action)))
  const words = [
    [count('issued'), 'issued'],
    [count('renewed'), 'renewed'],
    [count('changed'), 'changed'],
    [count('not-due'), 'not due'],
    [count('failed'), 'failed'],
    [countPending(outcomes), 'deploy pending'],
  ] as const
  return `${renewalText(told)}${summaryLine(words) ?? nothingAsked}\n`
}

/** With `--plan`: what would be done. */
export function planDocument(
  outcomes: readonly Named<PlannedOutcome>[],
  warnings: readonly string[],
): Record<string, unknown> {
  const count = countIn(outcomes.map(plannedAction))
  return {
    schema: 1,
    plan: true,
    results: outcomes.map((outcome) => {
      const about = { name: outcome.name, dir: outcome.directory, action: plannedAction(outcome) }
      return 'error' in outcome
        ? { ...about, reason: errorMessage(outcome.error), error: errorFacts(outcome.error) }
        : { ...about, reason: outcome.plan.reason, ...lastErrorIn(outcome.plan) }
    }),
    summary: {
      issue: count('issue'),
      renew: count('renew'),
      change: count('change'),
      notDue: count('not-due'),
      failed: count('failed'),
    },
    warnings,
  }
}

export function planText(outcomes: readonly Named<PlannedOutcome>[]): string {
  const count = countIn(outcomes.map(plannedAction))
  const lines = outcomes.flatMap((outcome) => {
    if ('error' in outcome) return []
    const { action, reason, lastError } = outcome.plan
    if (action === 'not-due' && lastError === undefined) return []
    return [
      `${chalk.yellow((action === 'not-due' ? 'waits' : action).padEnd(6))}  ${printable(outcome.directory)}  ${reason}`,
    ]
  })
  const words = [
    [count('issue'), 'to issue'],
    [count('renew'), 'to renew'],
    [count('change'), 'to change'],
    [count('not-due'), 'not due'],
    [count('failed'), 'would fail'],
  ] as const
  return [...lines, summaryLine(words) ?? nothingAsked, ''].join('\n')
}

function lastErrorIn({ lastError }: AppliedPlan): Record<string, unknown> {
  return lastError === undefined ? {} : { lastError }
}

function plannedAction(outcome: PlannedOutcome): string {
  return 'error' in outcome ? 'failed' : outcome.plan.action
}
