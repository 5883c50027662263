import chalk from 'chalk'
import { join } from 'node:path'
import type { CreatedAuthority } from '../../connectors/local/certificate-authority.ts'
import { printable } from '../../core/printable.ts'
import { describeCertificate } from '../../pki/certificate.ts'
import { validUntil } from './certificate-view.ts'
import { labelled } from './lines.ts'

export function authorityDocument(
  created: CreatedAuthority,
  directory: string,
  warnings: readonly string[],
): Record<string, unknown> {
  return {
    schema: 1,
    action: 'created',
    certificate: describeCertificate(created.certificate),
    files: { cert: join(directory, 'ca.pem') },
    directory,
    replaced: created.replaced ?? null,
    warnings,
  }
}

export function authorityText({ certificate, replaced }: CreatedAuthority, directory: string, now: Date): string {
  return (
    `${chalk.green('created')} ${printable(certificate.subject)}\n` +
    labelled([
      ['serial', certificate.serial],
      ['key', certificate.keyType],
      ['valid until', validUntil(certificate, now)],
      ['directory', directory],
      ['replaced', replaced],
      ['trust it', 'certctl local ca > ca.pem'],
    ])
  )
}
