import chalk from 'chalk'
import type { Connector } from '../../connectors/connector.ts'
import { printable } from '../../core/printable.ts'
import { formatTime } from '../../core/time.ts'
import { shellWord } from '../../files/shell-word.ts'
import type { LocatedCertificate } from '../../operations/locate-certificate.ts'
import type { RevokedCertificate } from '../../operations/revoke-certificate.ts'
import { describeCertificate } from '../../pki/certificate.ts'
import { labelled } from './lines.ts'

/** Without a revocation the operator said no when asked. */
export function revocationDocument(
  { serial, certificate }: LocatedCertificate,
  revocation: RevokedCertificate | undefined,
  { kind, name }: Connector,
  warnings: readonly string[],
): Record<string, unknown> {
  return {
    schema: 1,
    action: revocation ? 'revoked' : 'kept',
    issuer: { kind, name },
    serial,
    revokedAt: revocation ? formatTime(revocation.revokedAt) : null,
    certificate: certificate ? describeCertificate(certificate) : null,
    dirs: revocation?.directories.map(({ directory }) => directory) ?? [],
    warnings,
  }
}

export function revocationText(
  { serial, certificate }: LocatedCertificate,
  revocation: RevokedCertificate | undefined,
  { name }: Connector,
): string {
  if (!revocation) return 'nothing was revoked\n'
  const live = revocation.directories.filter(({ isLive }) => isLive).map(({ directory }) => shellWord(directory))
  return (
    `${chalk.green('revoked')} ${serial} at ${printable(name)}\n` +
    labelled([
      ['subject', certificate?.subject],
      ['revoked at', formatTime(revocation.revokedAt)],
      ['replace it', live.length === 0 ? undefined : `certctl renew ${live.join(' ')}`],
    ])
  )
}

/** What is asked before. */
export function revocationQuestion({ serial, certificate }: LocatedCertificate, { name }: Connector): string {
  const whose = certificate
    ? ` (${printable(certificate.commonName ?? certificate.subject)}, valid until ${formatTime(certificate.notAfter)})`
    : ''
  return `Revoke ${serial}${whose} at ${printable(name)}? This can't be undone.`
}
