import type { Clock } from '../../core/clock.ts'
import { CertctlError, ConfigError, FileError, RejectedError, UsageError, errorMessage } from '../../core/errors.ts'
import { type RevocationReason, revocationReasons } from '../../pki/revocation-reasons.ts'
import { signLeaf } from '../../pki/sign-certificate.ts'
import type {
  CertificateRequest,
  Connector,
  Finding,
  IssuedCertificate,
  IssuerChain,
  Revocation,
  RevocationTarget,
} from '../connector.ts'
import { readApplicant } from './applicant.ts'
import { AuthorityStore, authorityExists } from './authority-store.ts'
import { type Authority, createAuthority, loadAuthority } from './certificate-authority.ts'
import { findingsFor } from './findings.ts'
import { leafPeriod } from './leaf-period.ts'
import { type Exclusively, RevocationRegister } from './revocation-register.ts'

export interface LocalConnectorOptions {
  /** The profile's name; the kind by default. */
  readonly name?: string | undefined
  /** The CA's own directory, `local-ca/` of the state directory. */
  readonly directory: string
  readonly clock: Clock
  /** Keeps other processes from the CRL while this one changes it. */
  readonly exclusively: Exclusively
}

/** The embedded CA, made at its first issue. It keeps no list of what it issued, only of what it revoked. */
export class LocalConnector implements Connector {
  readonly kind = 'local'
  readonly name: string
  readonly #store: AuthorityStore
  readonly #clock: Clock
  readonly #register: RevocationRegister

  constructor({ name, directory, clock, exclusively }: LocalConnectorOptions) {
    this.name = name ?? this.kind
    this.#store = new AuthorityStore(directory)
    this.#clock = clock
    this.#register = new RevocationRegister(this.#store, clock, exclusively)
  }

  async issue(request: CertificateRequest, signal?: AbortSignal): Promise<IssuedCertificate> {
    signal?.throwIfAborted()
    const { privateKey, ...applicant } = await readApplicant(request)
    const authority = await this.#loadOrCreate()
    const { warnings, ...period } = leafPeriod(authority.certificate, this.#clock.now(), request.ttl)
    signal?.throwIfAborted()
    const leaf = await signLeaf({ ...applicant, ...period }, authority)
    const { chain, root } = authority
    return { leaf, chain, root, privateKey, warnings: [...warnings, ...(await this.#refreshRevocationList(authority))] }
  }

  async revoke({ serial, certificate, reason }: RevocationTarget, signal?: AbortSignal): Promise<Revocation> {
    signal?.throwIfAborted()
    const authority = await this.#loadExisting()
    if (certificate && !certificate.isIssuedBy(authority.certificate)) {
      throw new RejectedError(`certificate ${serial} was not issued by this CA`, {
        hint: `it was issued by "${certificate.issuer}", this CA is "${authority.certificate.subject}"`,
      })
    }
    const entry = await this.#register.add(serial, parseReason(reason), authority)
    const unseen = 'the CA keeps no list of what it issued: whether it issued this serial was not checked'
    const isOther = reason !== undefined && reason !== entry.reason
    const kept = `it was revoked before: the reason in the revocation list stays ${entry.reason}, not ${reason}`
    return {
      serial,
      revokedAt: entry.revokedAt,
      warnings: [...(certificate ? [] : [unseen]), ...(isOther ? [kept] : [])],
    }
  }

  async chain(signal?: AbortSignal): Promise<IssuerChain> {
    signal?.throwIfAborted()
    const { chain, root } = await this.#loadExisting()
    return { chain, root }
  }

  async check(request: CertificateRequest, signal?: AbortSignal): Promise<readonly Finding[]> {
    signal?.throwIfAborted()
    return findingsFor(request, () => loadAuthority(this.#store), this.#clock.now())
  }

  async #loadExisting(): Promise<Authority> {
    const authority = await loadAuthority(this.#store)
    if (authority) return authority
    throw new ConfigError(`there is no embedded CA in ${this.#store.directory}`, {
      hint: 'make one: certctl local init',
    })
  }

  async #loadOrCreate(): Promise<Authority> {
    const authority = await loadAuthority(this.#store)
    if (authority) return authority
    const replaced = await this.#store.findReplaced()
    if (replaced !== undefined) {
      throw new FileError(`${this.#store.directory} is missing, and ${replaced} was its CA before`, {
        hint: 'rename that back, or make a new CA: certctl local init',
      })
    }
    try {
      return await createAuthority({ directory: this.#store.directory, clock: this.#clock })
    } catch (error) {
      const isSecond = error instanceof CertctlError && error.code === authorityExists
      if (isSecond) return this.#loadExisting()
      throw error
    }
  }

  /** The certificate is good whether or not the list could be written. */
  async #refreshRevocationList(authority: Authority): Promise<readonly string[]> {
    try {
      await this.#register.refreshWhenDue(authority)
      return []
    } catch (error) {
      return [`the revocation list was not renewed: ${errorMessage(error)}`]
    }
  }
}

function parseReason(text = 'unspecified'): RevocationReason {
  const reason = revocationReasons.find((one) => one === text)
  if (reason !== undefined) return reason
  throw new UsageError(`"${text}" is no reason for a revocation`, { hint: `one of ${revocationReasons.join(', ')}` })
}
