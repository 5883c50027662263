import type { Clock } from '../../core/clock.ts'
import type {
  CertificateRequest,
  Connector,
  Finding,
  IssuedCertificate,
  IssuerChain,
  Revocation,
  RevocationTarget,
} from '../connector.ts'
import type { Lifecycle, LifecycleEnd } from '../lifecycle.ts'
import { VaultClient, type VaultConnection } from './vault-client.ts'
import type { PkiPlace, VaultPki } from './vault-pki.ts'
import { VaultTokenApi } from './vault-token-api.ts'
import type { TokenApi } from './token-api.ts'
import type { TokenRenewer } from './token-renewer.ts'

export interface VaultConnectorOptions {
  readonly name: string
  readonly place: PkiPlace
  readonly connection: VaultConnection
  readonly clock: Clock
  /** Reads credentials and settings again. */
  readonly reconnect: () => Promise<VaultConnection>
  /** Makes the background work from the calls it needs. */
  readonly renewer: (api: TokenApi) => Promise<TokenRenewer>
}

/** Vault's PKI engine as issuer; its background work keeps the token alive. */
export class VaultConnector implements Connector, Lifecycle {
  readonly kind = 'vault'
  readonly name: string
  readonly #client: VaultClient
  readonly #tokens: VaultTokenApi
  readonly #options: VaultConnectorOptions
  #renewer: Promise<TokenRenewer> | undefined

  constructor(options: VaultConnectorOptions) {
    this.name = options.name
    this.#options = options
    this.#client = new VaultClient(options.connection, options.clock)
    this.#tokens = new VaultTokenApi(this.#client)
  }

  get server(): string {
    return this.#client.server
  }

  get tokens(): VaultTokenApi {
    return this.#tokens
  }

  get clockWarning(): string | undefined {
    return this.#client.clockWarning
  }

  async issue(request: CertificateRequest, signal?: AbortSignal): Promise<IssuedCertificate> {
    return (await this.#pki()).issue(request, signal)
  }

  async revoke(target: RevocationTarget, signal?: AbortSignal): Promise<Revocation> {
    return (await this.#pki()).revoke(target, signal)
  }

  async chain(signal?: AbortSignal): Promise<IssuerChain> {
    return (await this.#pki()).chain(signal)
  }

  async check(request: CertificateRequest, signal?: AbortSignal): Promise<readonly Finding[]> {
    const { checkVault } = await import('./vault-check.ts')
    return checkVault(this.#client, this.#tokens, await this.#pki(), request, this.#options.clock, signal)
  }

  async start(): Promise<void> {
    await (await this.#renewal()).start()
  }

  /** Waits for the renewer exactly as a start does: one that follows a stop must not overtake it. */
  async stop(): Promise<void> {
    let renewer: TokenRenewer | undefined
    try {
      renewer = await this.#renewer
    } catch {
      return
    }
    await renewer?.stop()
  }

  async ended(): Promise<LifecycleEnd> {
    return (await this.#renewal()).ended()
  }

  renewNow(): void {
    this.#renewer?.then(
      (renewer) => renewer.renewNow(),
      () => undefined,
    )
  }

  /** A new token is taken over only after its own look-up proves it; the one it has is renewed at once. */
  async reload(): Promise<void> {
    const connection = await this.#options.reconnect()
    const isSame = this.#client.holds(connection.token)
    const facts = isSame
      ? undefined
      : await new VaultTokenApi(new VaultClient(connection, this.#options.clock)).lookupSelf({ repeat: false })
    this.#client.use(connection)
    const renewer = await this.#renewer
    if (isSame) renewer?.renewNow()
    else renewer?.tokenReplaced(facts)
  }

  /** Loaded where certificates are asked for: who only looks at a token or renews it does without. */
  async #pki(): Promise<VaultPki> {
    const { VaultPki } = await import('./vault-pki.ts')
    return new VaultPki(this.#client, this.#options.place, this.#options.clock)
  }

  #renewal(): Promise<TokenRenewer> {
    this.#renewer ??= this.#options.renewer(this.#tokens).catch((error: unknown) => {
      // One that could not be made is made anew at the next start, and keeps no stop from ending.
      this.#renewer = undefined
      throw error
    })
    return this.#renewer
  }
}
