import chalk from 'chalk'
import { basename } from 'node:path'
import type { Connector } from '../../connectors/connector.ts'
import { Duration, formatDuration } from '../../core/duration.ts'
import { printable } from '../../core/printable.ts'
import type { Outputs } from '../../files/inventory-entry.ts'
import type { Issuance } from '../../operations/issue-certificate.ts'
import { fileKeys, pathsOf } from '../../operations/outputs/told-outputs.ts'
import type { ObtainedCertificate } from '../../operations/obtain-certificate.ts'
import { describeCertificate, type Certificate } from '../../pki/certificate.ts'
import { formatSan } from '../../pki/names.ts'
import { formatTime } from '../../core/time.ts'
import { certificateTexts } from '../../operations/certificate-set.ts'
import type { DeploymentReport } from '../../operations/deployment/deployment-report.ts'
import { deploymentFacts } from './deployment-view.ts'
import { labelled } from './lines.ts'

export function issueDocument(
  issuance: Issuance & { readonly deployment?: DeploymentReport | undefined },
  { kind, name }: Connector,
  warnings: readonly string[],
): Record<string, unknown> {
  const { certificate, files, outputs, written, nextRenewalAt, deploy, deployment } = issuance
  return {
    schema: 1,
    action: 'issued',
    issuer: { kind, name },
    certificate: describeCertificate(certificate),
    files,
    ...plainFiles(outputs),
    written,
    nextRenewalAt: formatTime(nextRenewalAt),
    deployment: deploymentFacts(deployment, deploy),
    warnings,
  }
}

export function issueText(issuance: Issuance, connector: Connector, directory: string, now: Date): string {
  const { certificate, files, outputs, nextRenewalAt } = issuance
  const names = [...new Set([certificate.commonName ?? '', ...certificate.sans.map(formatSan)])].filter(
    (name) => name !== '',
  )
  return (
    `${chalk.green('issued')} ${printable(names[0] ?? certificate.serial)} by ${printable(connector.name)}\n` +
    labelled([
      ['names', names.join(', ')],
      ['serial', certificate.serial],
      ['key', certificate.keyType],
      ['valid until', validUntil(certificate, now)],
      ['renew from', formatTime(nextRenewalAt)],
      ['directory', directory],
      ['files', fileNames(files)],
      ...pathsOf(outputs).map((path): [string, string] => ['', path]),
    ])
  )
}

/** What `--json` shows of files beside the directory, where there are any: paths by the keys that `apply` has for them. */
export function plainFiles(outputs: Outputs | undefined): Record<string, unknown> {
  const paths = fileKeys.flatMap((key) => (outputs?.[key] === undefined ? [] : [[key, outputs[key]] as const]))
  return paths.length === 0 ? {} : { plainFiles: Object.fromEntries(paths) }
}

/** With `--out -`: leaf and chain, the key only when it was asked for. */
export function pemDocument(
  obtained: ObtainedCertificate,
  { kind, name }: Connector,
  withKey: boolean,
  warnings: readonly string[],
): Record<string, unknown> {
  const { cert, chain, key, ca } = certificateTexts(obtained)
  return {
    schema: 1,
    action: 'issued',
    issuer: { kind, name },
    certificate: describeCertificate(obtained.leaf),
    pem: { cert, chain, ca: ca ?? null, ...(withKey && key ? { key: key.reveal() } : {}) },
    warnings,
  }
}

export function pemText(obtained: ObtainedCertificate, withKey: boolean): string {
  const { fullchain, key } = certificateTexts(obtained)
  return withKey && key ? fullchain + key.reveal() : fullchain
}

export function validUntil(certificate: Certificate, now: Date): string {
  const left = Duration.between(now, certificate.notAfter)
  return `${formatTime(certificate.notAfter)} (${left.isPositive ? `${formatDuration(left)} left` : 'expired'})`
}

function fileNames(files: Issuance['files']): string {
  const paths = Object.values(files) as readonly (string | null)[]
  return paths.flatMap((path) => (path === null ? [] : [basename(path)])).join(' ')
}
