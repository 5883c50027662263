import { countIssuance } from './count-issuance.ts'
import type { Host } from './host.ts'
import type { Issuer } from './issuer.ts'
import { obtainCertificate, type ObtainedCertificate, type WantedCertificate } from './obtain-certificate.ts'

/** One certificate from the issuer, counted; nothing is written. */
export async function obtainCounted(
  issuer: Issuer,
  wanted: WantedCertificate,
  host: Host,
  signal?: AbortSignal,
): Promise<ObtainedCertificate> {
  signal?.throwIfAborted()
  return countIssuance(host, issuer.connector.kind, () => obtainCertificate(issuer.connector, wanted, signal))
}
