import chalk from 'chalk'
import { formatDuration } from '../../core/duration.ts'
import { printable } from '../../core/printable.ts'
import type { DeploymentReport, ReturnedVersion } from '../../operations/deployment/deployment-report.ts'
import type { HookResult } from '../../operations/deployment/hook.ts'
import { errorFacts } from '../present-error.ts'

/** What `--json` shows as `deployment`; without a report there was nothing to do. */
export function deploymentFacts(
  report: DeploymentReport | undefined,
  deploy: 'none' | 'done' | 'pending',
): Record<string, unknown> {
  const idle = { none: 'none', done: 'deployed', pending: 'pending' }[deploy]
  if (report === undefined) return { state: idle, hooks: [] }
  const { state, hooks, probes, revoked, error, back } = report
  return {
    state,
    hooks: hooks.map(hookFacts),
    ...(probes.length > 0 ? { probes: probes.map(({ endpoint, served }) => ({ endpoint, served })) } : {}),
    ...(revoked.length > 0 ? { revoked } : {}),
    ...(back === undefined ? {} : { inPlace: { serial: back.serial, deploy: back.isInUse ? 'done' : 'pending' } }),
    ...(error === undefined ? {} : { error: errorFacts(error) }),
  }
}

function hookFacts({ command, exitCode, signal, duration, output, failure }: HookResult): Record<string, unknown> {
  return {
    command,
    exitCode,
    ...(signal === null ? {} : { signal }),
    durationSeconds: Math.round(duration.milliseconds) / 1000,
    output,
    ...(failure === undefined ? {} : { failure }),
  }
}

/** What was run and asked, a line each; failures are told by themselves. */
export function deploymentText(report: DeploymentReport | undefined): string {
  if (report === undefined) return ''
  const hooks = report.hooks
    .filter(({ failure }) => failure === undefined)
    .map(({ command, duration }) => `ran      ${printable(command)}  in ${formatDuration(duration)}`)
  const probes = report.probes
    .filter(({ served }) => served && report.back === undefined)
    .map(({ endpoint }) => `served   ${endpoint}  has the new certificate`)
  const revoked = report.revoked.map((serial) => `revoked  ${serial}`)
  const back = report.back ? [backText(report.back)] : []
  return [...hooks, ...probes, ...revoked, ...back].map((line) => `  ${chalk.dim(line)}\n`).join('')
}

function backText({ serial, isInUse }: ReturnedVersion): string {
  return `back     ${serial}  the certificate before is in place${isInUse ? ', and in use' : ''}`
}
