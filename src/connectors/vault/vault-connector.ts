import type { Clock } from '../../core/clock.ts'
import { AuthError, ConfigError, UnsupportedError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
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
import type { PkiPlace, VaultPki } from './pki/vault-pki.ts'
import type { Logins } from './login/logins.ts'
import type { Rotation, Successor } from './renewal/renewer-setup.ts'
import type { Rotated, TokenHolder, TokenRotation } from './renewal/token-rotation.ts'
import { VaultTokenApi } from './vault-token-api.ts'
import type { CallLimits, TokenApi, TokenFacts } from './token/token-api.ts'
import type { TokenRenewer } from './renewal/token-renewer.ts'

export interface VaultConnectorOptions {
  readonly name: string
  readonly place: PkiPlace
  readonly connection: VaultConnection
  readonly clock: Clock
  /** Reads credentials and settings again. */
  readonly reconnect: () => Promise<VaultConnection>
  /** Makes the background work from the calls it needs. */
  readonly renewer: (api: TokenApi, successor: Successor | undefined, rotation?: Rotation) => Promise<TokenRenewer>
  /** How a token is taken over that is put in the place of the client's; absent where it can't change. */
  readonly rotation?: ((holder: TokenHolder) => Promise<TokenRotation>) | undefined
  /** How another token is got in the place of the client's; absent where nobody can log in. */
  readonly logins?: ((client: VaultClient) => Promise<Logins>) | undefined
}

/** Vault's PKI engine as issuer; its background work keeps the token alive. */
export class VaultConnector implements Connector, Lifecycle {
  readonly kind = 'vault'
  readonly name: string
  readonly #client: VaultClient
  readonly #tokens: VaultTokenApi
  readonly #options: VaultConnectorOptions
  #renewer: Promise<TokenRenewer> | undefined
  #logins: Promise<Logins> | undefined
  #rotation: Promise<TokenRotation> | undefined

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

  /** What is used now. */
  get token(): Secret {
    return this.#client.token
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
    const { checkVault } = await import('./check/vault-check.ts')
    const asked = { client: this.#client, tokens: this.#tokens, pki: await this.#pki(), clock: this.#options.clock }
    return checkVault(asked, request, signal)
  }

  /** Logs in and hands the token on; the client goes on with it. */
  async takeNewToken(limits?: CallLimits): Promise<TokenFacts> {
    const logins = await this.#openLogins()
    if (!logins) throw new UnsupportedError('no login is set up', { hint: 'name a method with --auth' })
    return logins.takeNewToken(limits)
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
    const stopped = renewer?.stop()
    const logins = await this.#openedLogins()
    logins?.stop()
    await stopped
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
    if (this.#options.logins) return this.#reloadByLogin()
    const rotation = await this.#openRotation()
    return rotation ? rotation.inTurn(() => this.#reload(rotation)) : this.#reload()
  }

  /** Takes over a token that was put in the place of the one it has, once its look-up proves it. */
  async takeRotated(signal?: AbortSignal): Promise<Rotated> {
    const rotation = await this.#openRotation()
    if (!rotation) return { kind: 'nothing-new' }
    const rotated = await rotation.take(signal)
    if (rotated.kind === 'taken') (await this.#renewer)?.tokenReplaced(rotated.facts)
    return rotated
  }

  async #reload(rotation?: TokenRotation): Promise<void> {
    let token: Secret | undefined
    try {
      const connection = await this.#options.reconnect()
      token = connection.token
      const isSame = this.#client.holds(token)
      const facts = isSame
        ? undefined
        : await new VaultTokenApi(new VaultClient(connection, this.#options.clock)).lookupSelf({ repeat: false })
      this.#client.use(connection)
      const renewer = await this.#renewer
      if (isSame) renewer?.renewNow()
      else renewer?.tokenReplaced(facts)
    } catch (error) {
      if (error instanceof AuthError || error instanceof ConfigError) rotation?.noteRefusal(error, token)
      throw error
    }
  }

  /** Loaded where certificates are asked for: who only looks at a token or renews it does without. */
  async #pki(): Promise<VaultPki> {
    const { VaultPki } = await import('./pki/vault-pki.ts')
    return new VaultPki(this.#client, this.#options.place, this.#options.clock)
  }

  async #reloadByLogin(): Promise<void> {
    const facts = await this.takeNewToken()
    ;(await this.#renewer)?.tokenReplaced(facts)
  }

  /** One for good; what could not be made is made at the next start. */
  #renewal(): Promise<TokenRenewer> {
    const made = (this.#renewer ??= this.#makeRenewer())
    made.catch(() => {
      if (this.#renewer === made) this.#renewer = undefined
    })
    return made
  }

  async #makeRenewer(): Promise<TokenRenewer> {
    return this.#options.renewer(this.#tokens, await this.#openLogins(), await this.#openRotation())
  }

  async #openedLogins(): Promise<Logins | undefined> {
    return this.#logins?.catch(() => undefined)
  }

  async #openRotation(): Promise<TokenRotation | undefined> {
    const client = this.#client
    this.#rotation ??= this.#options.rotation?.({
      holds: (token) => client.holds(token),
      useToken: (token) => client.useToken(token),
      prove: (token, signal) => new VaultTokenApi(client.withToken(token)).lookupSelf({ repeat: false, signal }),
    })
    return this.#rotation
  }

  async #openLogins(): Promise<Logins | undefined> {
    this.#logins ??= this.#options.logins?.(this.#client)
    return this.#logins
  }
}
