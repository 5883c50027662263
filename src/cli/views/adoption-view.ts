import chalk from 'chalk'
import { errorMessage } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { formatTime } from '../../core/time.ts'
import type { AdoptionOutcome } from '../../operations/adopt/adopt-all.ts'
import type { Adoption } from '../../operations/adopt/adoption-order.ts'
import { describeCertificate } from '../../pki/certificate.ts'
import { errorFacts } from '../present-error.ts'
import { plainFiles } from './certificate-view.ts'

export function adoptionDocument(
  outcomes: readonly AdoptionOutcome[],
  warnings: readonly string[],
): Record<string, unknown> {
  const count = (action: string): number => outcomes.filter((outcome) => actionOf(outcome) === action).length
  const adoptable = count('adoptable')
  return {
    schema: 1,
    results: outcomes.map(result),
    summary: {
      adopted: count('adopted'),
      updated: count('updated'),
      unchanged: count('unchanged'),
      failed: count('failed'),
      ...(adoptable > 0 ? { adoptable } : {}),
    },
    warnings,
  }
}

function actionOf(outcome: AdoptionOutcome): string {
  return 'error' in outcome ? 'failed' : outcome.adoption.action
}

function result(outcome: AdoptionOutcome): Record<string, unknown> {
  const { path } = outcome
  if ('error' in outcome)
    return { path, action: 'failed', reason: errorMessage(outcome.error), error: errorFacts(outcome.error) }
  const { action, reason, name, directory, certificate, record, files, outputs, nextRenewalAt } = outcome.adoption
  return {
    path,
    dir: directory,
    name,
    action,
    reason,
    issuer: { kind: record.issuer.kind, name: record.issuer.profile ?? record.issuer.kind },
    certificate: describeCertificate(certificate),
    ...(files === undefined ? {} : { files }),
    ...plainFiles(outputs),
    nextRenewalAt: formatTime(nextRenewalAt),
  }
}

/** What was done; failures go to stderr by themselves. */
export function adoptionText(outcomes: readonly AdoptionOutcome[]): string {
  return outcomes.map((outcome) => ('error' in outcome ? '' : `${line(outcome.path, outcome.adoption)}\n`)).join('')
}

function line(path: string, { action, reason, name, certificate, record, nextRenewalAt }: Adoption): string {
  const about = `${printable(path)}  ${printable(name)}, valid until ${formatTime(certificate.notAfter)}`
  const next = `next renewal from ${formatTime(nextRenewalAt)} by ${printable(issuerOf(record))}`
  switch (action) {
    case 'adopted':
      return `${chalk.green('adopted')}    ${about}, ${next}`
    case 'updated':
      return `${chalk.green('updated')}    ${about}, ${next}`
    case 'unchanged':
      return `${chalk.dim('unchanged')}  ${about}, ${reason}`
    case 'adoptable':
      return `${chalk.yellow('adoptable')}  ${about}, ${next}; ${reason}`
  }
}

function issuerOf({ issuer: { kind, profile, mount, role } }: Adoption['record']): string {
  const place = [mount, role].filter((part) => part !== null).join('/')
  return `${profile ?? kind}${place === '' ? '' : ` (${place})`}`
}
