import { formatTime } from '../core/time.ts'
import type { Connector, Revocation } from '../connectors/connector.ts'
import type { RevocationReason } from '../pki/revocation-reasons.ts'
import type { Host } from './host.ts'
import type { LocatedCertificate } from './locate-certificate.ts'
import { recordRevocation, type HoldingDirectory } from './record-revocation.ts'

export interface RevokedCertificate extends Revocation {
  /** Directories of this host that hold it. */
  readonly directories: readonly HoldingDirectory[]
}

/** Ends a certificate at its issuer, before its time, and has this host know it. */
export async function revokeCertificate(
  connector: Pick<Connector, 'kind' | 'revoke'>,
  target: LocatedCertificate,
  { reason, host }: { readonly reason: RevocationReason | undefined; readonly host: Host },
  signal?: AbortSignal,
): Promise<RevokedCertificate> {
  const { serial, certificate } = target
  const revocation = await connector.revoke({ serial, certificate, reason }, signal)
  const { directories, warnings } = await recordRevocation(target, connector.kind, host, signal)
  const hasEnded = certificate !== undefined && certificate.notAfter <= host.clock.now()
  const ended = hasEnded
    ? [`the certificate had expired already, ${formatTime(certificate.notAfter)}: nobody trusts it any more`]
    : []
  return { ...revocation, directories, warnings: [...revocation.warnings, ...ended, ...warnings] }
}
