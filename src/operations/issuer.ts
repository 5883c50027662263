import type { Connector } from '../connectors/connector.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'

/** An issuer, ready to be asked, and how `certctl.json` records it. */
export interface Issuer {
  readonly connector: Connector
  readonly recorded: CertificateRecord['issuer']
}
