import { randomUUID } from 'node:crypto'
import type { X509Certificate } from '@peculiar/x509'
import { type SigningCa, serialOf } from '../signing-ca.ts'
import { type PkiRole, readPkiRole } from './pki-role.ts'
import type { IssuerEnd } from './pki-validity.ts'

export interface PkiIssuer {
  readonly id: string
  readonly keyId: string
  readonly certificate: X509Certificate
  /** Undefined: imported without its key, as a root is for the sake of the chain. */
  readonly ca: SigningCa | undefined
  leafNotAfterBehavior: IssuerEnd['leafNotAfterBehavior']
}

export interface StoredCertificate {
  readonly certificate: X509Certificate
  readonly issuerId: string
  revokedAt: Date | undefined
}

/** What one PKI mount knows: issuers, roles, certificates. */
export class PkiMount {
  readonly issuers: PkiIssuer[] = []
  readonly roles = new Map<string, PkiRole>()
  /** By serial, lower-case hex pairs with colons. */
  readonly certificates = new Map<string, StoredCertificate>()

  constructor(
    /** Without slashes, such as `pki`. */
    readonly path: string,
    /** Seconds. */
    readonly maxLeaseTtl: number,
  ) {}

  /** The CA becomes the default issuer; those above it are known without their keys. */
  useCa(ca: SigningCa): void {
    this.#addIssuer(ca.certificate, ca)
    for (const certificate of ca.chain.slice(1)) this.#addIssuer(certificate, undefined)
  }

  /** Parameters as `roles/NAME` takes them. */
  writeRole(name: string, parameters: Readonly<Record<string, unknown>>): void {
    this.roles.set(name, readPkiRole(name, parameters))
  }

  /** Throws a plain Error with Vault's text; what status that becomes depends on the endpoint. */
  issuer(ref: string): PkiIssuer {
    if (ref === 'default' && !this.issuers[0]) throw new Error('no default issuer currently configured')
    const found = ref === 'default' ? this.issuers[0] : this.issuers.find(({ id }) => id === ref)
    if (!found) throw new Error(`unable to find PKI issuer for reference: ${ref}`)
    return found
  }

  /** From the issuer up, as far as the mount knows, root included. */
  chainOf(issuer: PkiIssuer): readonly X509Certificate[] {
    const above = this.issuers.find(
      ({ certificate }) => certificate.subject === issuer.certificate.issuer && certificate !== issuer.certificate,
    )
    return [issuer.certificate, ...(above ? this.chainOf(above) : [])]
  }

  store(certificate: X509Certificate, issuerId: string): StoredCertificate {
    const stored = { certificate, issuerId, revokedAt: undefined }
    this.certificates.set(serialOf(certificate), stored)
    return stored
  }

  #addIssuer(certificate: X509Certificate, ca: SigningCa | undefined): void {
    this.issuers.push({
      id: randomUUID(),
      keyId: ca ? randomUUID() : '',
      certificate,
      ca,
      leafNotAfterBehavior: 'err',
    })
  }
}

/** Any case, colons or dashes, as paths and parameters may write a serial. */
export function normalSerial(text: string): string {
  return text.toLowerCase().replaceAll('-', ':')
}
