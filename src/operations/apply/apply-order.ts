import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { IssueOrder } from '../issue-certificate.ts'
import type { Issuer } from '../issuer.ts'

/** What was told of the issuer, in the words of the record; a part that is missing was not told. */
export type ToldIssuer = {
  readonly [Key in 'kind' | 'profile' | 'address' | 'mount' | 'role' | 'issuerRef' | 'namespace']?: string
}

/** One certificate as it is to be: what `issue` would make of it, and what holds for the one that is there. */
export interface ApplyOrder {
  /** `replace` is about files that certctl did not make. */
  readonly issue: IssueOrder
  /** Renews also what is not due. */
  readonly force: boolean
  readonly told: ToldIssuer
  /** Whether the TTL comes from the environment or a profile: those do not change how a certificate was asked for. */
  readonly isTtlAmbient: boolean
  /** Called only when there is something to issue: with nothing due, no token is needed. */
  readonly openIssuer: () => Promise<Issuer>
  readonly issuerFor: (record: CertificateRecord) => Promise<Issuer>
}
