import type { KeyObject } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import { ConfigError, ProtocolError, RejectedError, UnsupportedError, errorMessage } from '../../../core/errors.ts'
import { parseCertificate, type Certificate } from '../../../pki/certificate.ts'
import { orderChain } from '../../../pki/chain.ts'
import { parsePrivateKey, type PrivateKey } from '../../../pki/private-key.ts'
import type {
  CertificateRequest,
  IssuedCertificate,
  IssuerChain,
  Revocation,
  RevocationTarget,
} from '../../connector.ts'
import { deviations, remarksThatMatter } from './conformance.ts'
import { pkiParameters } from './pki-request.ts'
import { certificateReply, issuerReply, revocationReply } from './pki-replies.ts'
import type { VaultClient } from '../vault-client.ts'

export interface PkiPlace {
  readonly mount: string
  readonly role: string | undefined
  /** An issuer's name or id; undefined leaves it to the role. */
  readonly issuerRef: string | undefined
}

/** One PKI engine: `sign`, `issue`, `revoke` and the issuers. */
export class VaultPki {
  readonly #client: VaultClient
  readonly #place: PkiPlace
  readonly #clock: Clock

  constructor(client: VaultClient, place: PkiPlace, clock: Clock) {
    this.#client = client
    this.#place = place
    this.#clock = clock
  }

  /** The role, or the error that it is not set: only issuing needs one. */
  get role(): string {
    const { role } = this.#place
    if (role === undefined) throw new ConfigError('role is required', { hint: 'give --role or set CERTCTL_VAULT_ROLE' })
    return role
  }

  get rolePath(): string {
    return `${this.#place.mount}/roles/${encodeURIComponent(this.role)}`
  }

  requestPath(origin: CertificateRequest['key']['origin']): string {
    const { mount, issuerRef } = this.#place
    const issuer = issuerRef === undefined ? '' : `issuer/${encodeURIComponent(issuerRef)}/`
    return `${mount}/${issuer}${origin === 'csr' ? 'sign' : 'issue'}/${encodeURIComponent(this.role)}`
  }

  async issue(request: CertificateRequest, signal?: AbortSignal): Promise<IssuedCertificate> {
    const path = this.requestPath(request.key.origin)
    const keyOfCsr = await requestedKey(request)
    const { data, warnings, lease_id } = await this.#client.call(
      {
        method: 'POST',
        path,
        body: pkiParameters(request),
        purpose: 'certificate',
        object: `role "${this.role}"`,
        repeat: 'unsent',
        signal,
      },
      certificateReply,
    )
    const leaf = this.#parse(data.certificate)
    const candidates = [...(data.ca_chain ?? []), ...(data.issuing_ca === undefined ? [] : [data.issuing_ca])]
    const privateKey = request.key.origin === 'issuer' ? this.#parseKey(data.private_key) : undefined
    this.#confirmKey(leaf, keyOfCsr ?? privateKey?.publicKey)
    const remarks = [
      ...remarksThatMatter(warnings ?? [], leaf, request),
      ...deviations(leaf, request, this.#clock.now()),
      ...leaseWarning(lease_id),
      ...(this.#client.clockWarning === undefined ? [] : [this.#client.clockWarning]),
    ]
    return {
      leaf,
      privateKey,
      warnings: remarks,
      ...orderChain(
        leaf,
        candidates.map((pem) => this.#parse(pem)),
      ),
    }
  }

  /** By serial and, where the role stored nothing, by the certificate itself (vault-api 5.4). */
  async revoke(target: RevocationTarget, signal?: AbortSignal): Promise<Revocation> {
    if (target.reason !== undefined) {
      throw new UnsupportedError('Vault records no reason for a revocation', { hint: 'leave out --reason' })
    }
    try {
      return await this.#revokeBy(target, { serial_number: target.serial }, signal)
    } catch (error) {
      const isUnknown = error instanceof RejectedError && error.code === 'unknown-serial'
      if (!isUnknown || target.certificate === undefined) throw error
      return this.#revokeBy(target, { certificate: target.certificate.pem }, signal)
    }
  }

  async chain(signal?: AbortSignal): Promise<IssuerChain> {
    const path = `${this.#place.mount}/issuer/${encodeURIComponent(this.#place.issuerRef ?? 'default')}/json`
    const { data } = await this.#client.call(
      { method: 'GET', path, purpose: 'other', unauthenticated: true, repeat: 'safe', signal },
      issuerReply,
    )
    const issuer = this.#parse(data.certificate)
    const { chain, root } = orderChain(
      issuer,
      (data.ca_chain ?? []).map((pem) => this.#parse(pem)),
    )
    return issuer.isSelfSigned ? { chain: [], root: issuer } : { chain: [issuer, ...chain], root }
  }

  async #revokeBy(target: RevocationTarget, body: Record<string, string>, signal?: AbortSignal): Promise<Revocation> {
    const path = `${this.#place.mount}/revoke`
    const { data, warnings } = await this.#client.call(
      { method: 'POST', path, body, purpose: 'revocation', object: this.#client.server, repeat: 'safe', signal },
      revocationReply,
    )
    if (data === null) {
      throw new RejectedError(
        `the certificate ${target.serial} is not revoked: ${(warnings ?? []).join('; ') || 'Vault gives no reason'}`,
        { code: 'expired', hint: 'one that has expired needs no revocation' },
      )
    }
    return { serial: target.serial, revokedAt: new Date(data.revocation_time * 1000), warnings: warnings ?? [] }
  }

  #parse(pem: string): Certificate {
    try {
      return parseCertificate(pem, `a certificate from ${this.#client.server}`)
    } catch (error) {
      throw new ProtocolError(`${this.#client.server} sends a certificate that can't be read: ${errorMessage(error)}`, {
        cause: error,
        hint: 'check --mount and --issuer-ref; a proxy may answer in the place of Vault',
      })
    }
  }

  #parseKey(pem: string | undefined): PrivateKey {
    try {
      return parsePrivateKey(pem ?? '', 'it')
    } catch (error) {
      const what = pem === undefined ? 'no private key' : "a private key that can't be read"
      throw new ProtocolError(`${this.#client.server} sends ${what} with the certificate that it made the key for`, {
        cause: error,
        hint: 'leave out --server-key: the key is then made on this host',
      })
    }
  }

  #confirmKey(leaf: Certificate, publicKey: KeyObject | undefined): void {
    if (publicKey && leaf.publicKey.equals(publicKey)) return
    throw new ProtocolError(
      `${this.#client.server} sends a certificate for another key than the one asked for (serial ${leaf.serial})`,
      { code: 'wrong-key', hint: 'nothing was written; the certificate may be revoked by that serial' },
    )
  }
}

/** A CSR that is none is refused before it is sent. Loads the ASN.1 libraries, which only issuing needs. */
async function requestedKey({ key }: CertificateRequest): Promise<KeyObject | undefined> {
  if (key.origin !== 'csr') return undefined
  if (key.publicKey !== undefined) return key.publicKey
  const { parseCsr } = await import('../../../pki/csr.ts')
  return (await parseCsr(key.csr)).publicKey
}

/** A leased certificate is revoked when the token that asked for it ends (`generate_lease=true`). */
function leaseWarning(leaseId: string | undefined): readonly string[] {
  if (leaseId === undefined || leaseId === '') return []
  return [
    'this role leases its certificates (generate_lease): this one is revoked when the token that asked for it ends',
  ]
}
