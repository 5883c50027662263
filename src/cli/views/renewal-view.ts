import chalk from 'chalk'
import { printable } from '../../core/printable.ts'
import { errorMessage } from '../../core/errors.ts'
import { formatTime } from '../../core/time.ts'
import type { Renewal } from '../../operations/renewal.ts'
import type { DeployedOutcome } from '../../operations/renew-and-deploy.ts'
import { describeCertificate } from '../../pki/certificate.ts'
import { errorFacts } from '../present-error.ts'
import { deploymentFacts, deploymentText } from './deployment-view.ts'
import { plainFiles } from './certificate-view.ts'
import { countIn, countPending, summaryLine } from './summary-line.ts'

export function renewalDocument(
  outcomes: readonly DeployedOutcome[],
  warnings: readonly string[],
): Record<string, unknown> {
  // Made when they are read: a run for people has no use for them, and of ten thousand they would be most of the work.
  return {
    schema: 1,
    get results() {
      return outcomes.map(renewalResult)
    },
    get summary() {
      return renewalSummary(outcomes)
    },
    warnings,
  }
}

function renewalSummary(outcomes: readonly DeployedOutcome[]): Record<string, number> {
  const count = countIn(outcomes.map(actionOf))
  const [due, undone] = [count('due'), count('undone')]
  const deployPending = countPending(outcomes)
  return {
    renewed: count('renewed'),
    notDue: count('not-due'),
    failed: count('failed'),
    ...(due > 0 ? { due } : {}),
    ...(undone > 0 ? { undone } : {}),
    ...(deployPending > 0 ? { deployPending } : {}),
  }
}

function actionOf(outcome: DeployedOutcome): string {
  return 'error' in outcome ? 'failed' : outcome.renewal.action
}

export function renewalResult(outcome: DeployedOutcome): Record<string, unknown> {
  const { directory, deployment } = outcome
  if ('error' in outcome) {
    return {
      dir: directory,
      action: 'failed',
      reason: errorMessage(outcome.error),
      error: errorFacts(outcome.error),
      ...(deployment === undefined ? {} : { deployment: deploymentFacts(deployment, 'none') }),
    }
  }
  const { action, reason, certificate, files, written, nextRenewalAt, deploy, lastError } = outcome.renewal
  return {
    dir: directory,
    action,
    reason,
    certificate: describeCertificate(certificate),
    files,
    ...plainFiles(outcome.renewal.outputs),
    written,
    nextRenewalAt: formatTime(nextRenewalAt),
    deployment: deploymentFacts(deployment, deploy),
    ...(lastError === undefined ? {} : { lastError }),
  }
}

/** What was done; failures go to stderr by themselves. */
export function renewalText(outcomes: readonly DeployedOutcome[]): string {
  return outcomes.map((outcome) => lineOf(outcome) + deploymentText(outcome.deployment)).join('')
}

/** The line that sums up a batch; nothing where there is no certificate. */
export function renewalSummaryText(outcomes: readonly DeployedOutcome[]): string {
  const count = countIn(outcomes.map(actionOf))
  const line = summaryLine([
    [count('renewed'), 'renewed'],
    [count('due'), 'to renew'],
    [count('not-due'), 'not due'],
    [count('failed'), 'failed'],
    [countPending(outcomes), 'deploy pending'],
  ])
  return line === undefined ? '' : `${line}\n`
}

function lineOf(outcome: DeployedOutcome): string {
  return 'error' in outcome ? '' : `${line(outcome.directory, outcome.renewal)}\n`
}

function line(directory: string, renewal: Renewal): string {
  const { action, reason, nextRenewalAt, written } = renewal
  const where = printable(directory)
  // Not asked for where it is not shown: of ten thousand that are not due, the certificate need not be parsed.
  const until = (): string => formatTime(renewal.certificate.notAfter)
  const next = formatTime(nextRenewalAt)
  switch (action) {
    case 'renewed':
      return `${chalk.green('renewed')}  ${where}  valid until ${until()}, next renewal from ${next}`
    case 'issued':
      return `${chalk.green('issued')}   ${where}  valid until ${until()}, next renewal from ${next}`
    case 'changed':
      return `${chalk.green('changed')}  ${where}  ${reason}; valid until ${until()}, next renewal from ${next}`
    case 'due':
      return `${chalk.yellow('due')}      ${where}  ${reason}; would be renewed`
    case 'undone':
      return `${chalk.green('undone')}   ${where}  ${reason}; valid until ${until()}, next renewal from ${next}`
    case 'not-due':
      return `${chalk.dim('not due')}  ${where}  ${reason}, next renewal from ${next}${wrote(written)}`
  }
}

function wrote(paths: readonly string[]): string {
  return paths.length === 0 ? '' : `; written: ${paths.map(printable).join(' ')}`
}
