import chalk from 'chalk'
import type { Connector, Finding } from '../../connectors/connector.ts'
import { printable } from '../../core/printable.ts'

export function isAllGood(findings: readonly Finding[]): boolean {
  return findings.every(({ verdict }) => verdict !== 'bad')
}

export function checkDocument(
  findings: readonly Finding[],
  { kind, name }: Connector,
  warnings: readonly string[],
): Record<string, unknown> {
  return {
    schema: 1,
    issuer: { kind, name },
    ok: isAllGood(findings),
    findings: findings.map(({ subject, verdict, detail, hint = null }) => ({ subject, verdict, detail, hint })),
    warnings,
  }
}

/** A line for each finding and, where there is one, what to do about it below. */
export function checkText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length))
  const indent = ' '.repeat(9)
  return findings
    .map(({ subject, verdict, detail, hint }) => {
      const word = colours[verdict](verdict.padEnd(7))
      const next =
        hint === undefined || verdict === 'good' ? '' : `${indent}${chalk.cyan('hint:')} ${printable(hint)}\n`
      return `${word}  ${printable(subject).padEnd(width)}  ${printable(detail)}\n${next}`
    })
    .join('')
}

const colours: Readonly<Record<Finding['verdict'], (text: string) => string>> = {
  good: chalk.green,
  bad: chalk.red,
  unknown: chalk.yellow,
}
