import chalk from 'chalk'
import { printable } from '../../core/printable.ts'
import { errorMessage } from '../../core/errors.ts'
import { formatTime } from '../../core/time.ts'
import type { Renewal } from '../../operations/renewal.ts'
import type { RenewalOutcome } from '../../operations/renew-all.ts'
import { describeCertificate } from '../../pki/certificate.ts'
import { errorFacts } from '../present-error.ts'
import { plainFiles } from './certificate-view.ts'

export function renewalDocument(
  outcomes: readonly RenewalOutcome[],
  warnings: readonly string[],
): Record<string, unknown> {
  const count = (action: string): number => outcomes.filter((outcome) => actionOf(outcome) === action).length
  const [due, undone] = [count('due'), count('undone')]
  return {
    schema: 1,
    results: outcomes.map(resultOf),
    summary: {
      renewed: count('renewed'),
      notDue: count('not-due'),
      failed: count('failed'),
      ...(due > 0 ? { due } : {}),
      ...(undone > 0 ? { undone } : {}),
    },
    warnings,
  }
}

function actionOf(outcome: RenewalOutcome): string {
  return 'error' in outcome ? 'failed' : outcome.renewal.action
}

function resultOf(outcome: RenewalOutcome): Record<string, unknown> {
  const { directory } = outcome
  if ('error' in outcome)
    return { dir: directory, action: 'failed', reason: errorMessage(outcome.error), error: errorFacts(outcome.error) }
  const { action, reason, certificate, files, written, nextRenewalAt } = outcome.renewal
  return {
    dir: directory,
    action,
    reason,
    certificate: describeCertificate(certificate),
    files,
    ...plainFiles(outcome.renewal.outputs),
    written,
    nextRenewalAt: formatTime(nextRenewalAt),
  }
}

/** What was done; failures go to stderr by themselves. */
export function renewalText(outcomes: readonly RenewalOutcome[]): string {
  return outcomes.map((outcome) => ('error' in outcome ? '' : `${line(outcome.directory, outcome.renewal)}\n`)).join('')
}

function line(directory: string, { action, reason, certificate, nextRenewalAt, written }: Renewal): string {
  const where = printable(directory)
  const until = formatTime(certificate.notAfter)
  const next = formatTime(nextRenewalAt)
  switch (action) {
    case 'renewed':
      return `${chalk.green('renewed')}  ${where}  valid until ${until}, next renewal from ${next}`
    case 'due':
      return `${chalk.yellow('due')}      ${where}  ${reason}; would be renewed`
    case 'undone':
      return `${chalk.green('undone')}   ${where}  ${reason}; valid until ${until}, next renewal from ${next}`
    case 'not-due':
      return `${chalk.dim('not due')}  ${where}  ${reason}, next renewal from ${next}${wrote(written)}`
  }
}

function wrote(paths: readonly string[]): string {
  return paths.length === 0 ? '' : `; written: ${paths.map(printable).join(' ')}`
}
