import { randomBytes } from 'node:crypto'
import { type VaultReply, askVault } from './ask-vault.ts'
import { Core } from './fake-vault/core.ts'
import type { RecordedRequest } from './fake-vault/exchange.ts'
import { FaultPlan } from './fake-vault/fault-plan.ts'
import { parseGoDuration } from './fake-vault/go-duration.ts'
import type { Engine } from './fake-vault/engine.ts'
import { loginEngines } from './fake-vault/login-engine.ts'
import { Wrapping } from './fake-vault/wrapping.ts'
import { type ListenOn, Listener } from './fake-vault/listener.ts'
import { pkiEngine } from './fake-vault/pki-engine.ts'
import { PkiMount } from './fake-vault/pki-mount.ts'
import { Policies } from './fake-vault/policies.ts'
import { sysEngine } from './fake-vault/sys-engine.ts'
import { type SealState, SysStatus } from './fake-vault/sys-status.ts'
import { readTokenCreation } from './fake-vault/token-creation.ts'
import { tokenEngine } from './fake-vault/token-engine.ts'
import { TokenStore } from './fake-vault/token-store.ts'
import type { Token } from './fake-vault/token.ts'
import { SigningCa } from './signing-ca.ts'
import type { KeyAndCertificate } from './test-ca.ts'
import * as fixture from './vault-fixture.ts'
import { type CreatedToken, type TokenOptions, type VaultServer, tokenCreation } from './vault-server.ts'

export type { RecordedRequest } from './fake-vault/exchange.ts'
export type { ListenOn } from './fake-vault/listener.ts'

export interface FakeVaultOptions {
  readonly listen?: ListenOn
  /** The server's wall clock: what tokens and certificates live by. */
  readonly now?: () => Date
  readonly state?: SealState
}

/** Starts a fake with the mounts, roles and policies of the fixture. */
export async function startFakeVault(options: FakeVaultOptions = {}): Promise<FakeVault> {
  const vault = new FakeVault(options)
  await vault.start()
  return vault
}

/**
 * A listener that answers as Vault 1.21.0 does for tokens, PKI and the state of the server. It acts on what a real one
 * acts on and refuses what a real one refuses; `test/vault` holds it to that. Everything else goes wrong by `faults`.
 */
export class FakeVault implements VaultServer {
  readonly kind = 'fake'
  readonly rootToken = `hvs.${randomBytes(12).toString('hex')}`
  readonly faults = new FaultPlan()
  readonly policies = new Policies()
  readonly tokens: TokenStore
  readonly wrapping: Wrapping
  readonly #logins: readonly Engine[]
  readonly #mounts = new Map<string, PkiMount>()
  readonly #status: SysStatus
  readonly #listener: Listener
  readonly #now: () => Date
  #address: string | undefined

  constructor(options: FakeVaultOptions = {}) {
    this.#now = options.now ?? (() => new Date())
    this.tokens = new TokenStore(this.rootToken, this.policies, this.#now)
    this.wrapping = new Wrapping(this.#now)
    this.#logins = loginEngines(this.tokens)
    this.#status = new SysStatus(randomBytes(32).toString('base64'), this.#now)
    this.#status.state = options.state ?? 'unsealed'
    const core = new Core(
      this.#status,
      this.tokens,
      this.policies,
      () => [
        tokenEngine(this.tokens, this.#now),
        sysEngine(this.tokens, this.policies, this.wrapping),
        ...this.#logins,
        ...[...this.#mounts.values()].map((mount) => pkiEngine(mount, this.#now)),
      ],
      this.wrapping,
    )
    this.#listener = new Listener(options.listen ?? { kind: 'http' }, core, this.faults, this.#now)
  }

  async start(): Promise<void> {
    await this.#makeFixture()
    this.#address = await this.#listener.start()
  }

  get address(): string {
    if (this.#address === undefined) throw new Error('the fake has not been started')
    return this.#address
  }

  /** Everything received so far, in order. */
  get requests(): readonly RecordedRequest[] {
    return this.#listener.requests
  }

  /** The requests to one path below `/v1/`. */
  requestsTo(path: string): readonly RecordedRequest[] {
    return this.requests.filter((request) => request.path === path)
  }

  forgetRequests(): void {
    this.#listener.requests.length = 0
  }

  pki(path = 'pki'): PkiMount {
    const mount = this.#mounts.get(path)
    if (!mount) throw new Error(`the fake has no PKI mount "${path}"`)
    return mount
  }

  /** The live token, to look at or to change; undefined once it is dead. */
  token(id: string): Token | undefined {
    return this.tokens.find(id)
  }

  createToken(options: TokenOptions = {}): Promise<CreatedToken> {
    const creation = readTokenCreation(tokenCreation(options), this.tokens.root, false)
    const { auth } = this.tokens.create(creation, this.tokens.root, 'auth/token/create')
    return Promise.resolve({ token: String(auth.client_token), accessor: String(auth.accessor) })
  }

  revokeToken(id: string): Promise<void> {
    const token = this.tokens.find(id)
    if (token) this.tokens.revoke(token)
    return Promise.resolve()
  }

  tuneMaxTokenTtl(max: string | undefined): Promise<void> {
    this.tokens.maxTtl = parseGoDuration(max ?? '768h')
    return Promise.resolve()
  }

  writePolicy(name: string, rules: fixture.PolicyRules): Promise<void> {
    this.policies.set(name, rules)
    return Promise.resolve()
  }

  presentCertificate({ cert, key }: KeyAndCertificate): void {
    this.#listener.presentCertificate({ cert, key })
  }

  seal(): Promise<void> {
    this.#status.state = 'sealed'
    return Promise.resolve()
  }

  unseal(): Promise<void> {
    this.#status.state = 'unsealed'
    return Promise.resolve()
  }

  request(method: string, path: string, body?: unknown, token?: string): Promise<VaultReply> {
    return askVault(this.address, { method, path: `/v1/${path}`, body, token, tls: { rejectUnauthorized: false } })
  }

  async stop(): Promise<void> {
    await this.#listener.stop()
  }

  async #makeFixture(): Promise<void> {
    for (const [name, rules] of Object.entries(fixture.policies)) this.policies.set(name, rules)
    let root: SigningCa | undefined
    for (const { path, maxLeaseTtl, issuer } of fixture.mounts) {
      const mount = new PkiMount(path, parseGoDuration(maxLeaseTtl))
      for (const [name, role] of Object.entries(fixture.roles)) mount.writeRole(name, role)
      this.#mounts.set(path, mount)
      if (issuer === 'none') continue
      const ca = await this.#makeCa(issuer, root)
      root ??= ca
      mount.useCa(ca)
    }
  }

  #makeCa(
    issuer: { readonly commonName: string; readonly ttl: string },
    root: SigningCa | undefined,
  ): Promise<SigningCa> {
    const now = this.#now().getTime()
    const cut = (milliseconds: number) => new Date(Math.floor(milliseconds / 1000) * 1000)
    const validity = { notBefore: cut(now - 30_000), notAfter: cut(now + parseGoDuration(issuer.ttl) * 1000) }
    return root ? root.intermediate(issuer.commonName, validity) : SigningCa.root(issuer.commonName, validity)
  }
}
