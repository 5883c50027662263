import type { Clock } from '../core/clock.ts'
import { formatTime } from '../core/time.ts'
import type { Connector, Revocation } from '../connectors/connector.ts'
import type { RevocationReason } from '../pki/revocation-reasons.ts'
import type { LocatedCertificate } from './locate-certificate.ts'

/** Ends a certificate at its issuer, before its time. */
export async function revokeCertificate(
  connector: Connector,
  { serial, certificate }: LocatedCertificate,
  { reason, clock }: { readonly reason: RevocationReason | undefined; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<Revocation> {
  const revocation = await connector.revoke({ serial, certificate, reason }, signal)
  const hasEnded = certificate !== undefined && certificate.notAfter <= clock.now()
  if (!hasEnded) return revocation
  const warning = `the certificate had expired already, ${formatTime(certificate.notAfter)}: nobody trusts it any more`
  return { ...revocation, warnings: [...revocation.warnings, warning] }
}
