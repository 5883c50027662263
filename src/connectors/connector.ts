import type { KeyObject } from 'node:crypto'
import { RejectedError, type ErrorDetails } from '../core/errors.ts'
import type { Duration } from '../core/duration.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { San } from '../pki/names.ts'
import type { KeyType, PrivateKey } from '../pki/private-key.ts'

/** One kind of CA: the few things that every CA can be asked. What a kind can't do throws UnsupportedError. */
export interface Connector {
  /** The profile's name, else the kind: how the operator calls this issuer, and its label in metrics and logs. */
  readonly name: string
  readonly kind: string

  /** One certificate for one request; never sent twice once the issuer may have acted on it. */
  issue(request: CertificateRequest, signal?: AbortSignal): Promise<IssuedCertificate>

  /** Revoking twice is no error: the first time counts. */
  revoke(target: RevocationTarget, signal?: AbortSignal): Promise<Revocation>

  /** The issuers that a leaf would be signed by now. */
  chain(signal?: AbortSignal): Promise<IssuerChain>

  /**
   * Whether a request would be granted, without issuing; the answers stand for themselves. One without names and with an
   * empty CSR asks whether the issuer can do its work at all.
   */
  check(request: CertificateRequest, signal?: AbortSignal): Promise<readonly Finding[]>
}

export interface CertificateRequest {
  /** The subject's common name; undefined asks for an empty subject or, with a CSR, for what it says. */
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  /** Undefined leaves it to the issuer. */
  readonly ttl: Duration | undefined
  readonly key: RequestedKey
}

export type RequestedKey =
  /** A PKCS#10 request in PEM, signed by the key that the certificate is for (RFC 2986); that key where it is at hand. */
  | { readonly origin: 'csr'; readonly csr: string; readonly publicKey?: KeyObject }
  /** The issuer makes the key and hands it over. */
  | { readonly origin: 'issuer'; readonly keyType: KeyType | undefined }

export interface IssuerChain {
  /** Issuers in order, the leaf's own first, root excluded. */
  readonly chain: readonly Certificate[]
  readonly root: Certificate | undefined
}

export interface IssuedCertificate extends IssuerChain {
  readonly leaf: Certificate
  /** Only when the issuer made it. */
  readonly privateKey: PrivateKey | undefined
  /** The issuer's own remarks, printable and each once. */
  readonly warnings: readonly string[]
}

export interface RevocationTarget {
  /** Lower-case hex pairs with colons. */
  readonly serial: string
  /** Lets an issuer that stores nothing revoke all the same. */
  readonly certificate: Certificate | undefined
  /** A CRLReason of RFC 5280, section 5.3.1, in its own spelling, such as `keyCompromise`. */
  readonly reason: string | undefined
}

export interface Revocation {
  readonly serial: string
  readonly revokedAt: Date
  readonly warnings: readonly string[]
}

/** One line of a check: a subject, a verdict, and what to do when it is not good. */
export interface Finding {
  readonly subject: string
  readonly verdict: 'good' | 'bad' | 'unknown'
  readonly detail: string
  readonly hint?: string
}

export interface KeyRequirement {
  readonly algorithm: 'rsa' | 'ec' | 'ed25519' | undefined
  readonly minimumBits: number | undefined
}

/** The issuer wants another kind of key; nothing was issued. */
export class KeyRefusedError extends RejectedError {
  constructor(
    message: string,
    readonly requirement: KeyRequirement,
    details?: ErrorDetails,
  ) {
    super(message, { code: 'key-refused', ...details })
  }
}
