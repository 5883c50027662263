import type { VaultReply } from './ask-vault.ts'
import type { PolicyRules } from './vault-fixture.ts'

/** A server that speaks Vault's API: the fake and the real one, so that one suite runs against both. */
export interface VaultServer {
  readonly kind: 'fake' | 'real'
  /** Without a trailing slash, such as `http://127.0.0.1:8200`. */
  readonly address: string
  readonly rootToken: string

  /** A child of the root token; ordinary unless told otherwise, with the policy `pki` of the fixture. */
  createToken(options?: TokenOptions): Promise<CreatedToken>
  revokeToken(token: string): Promise<void>

  /** What an operator does to all tokens at once, in Vault's notation (`20s`); undefined gives back the default, 768h. */
  tuneMaxTokenTtl(max: string | undefined): Promise<void>

  /** Makes a policy or replaces it; tokens that have its name are bound by it at once. */
  writePolicy(name: string, rules: PolicyRules): Promise<void>

  seal(): Promise<void>
  unseal(): Promise<void>

  /** One request over the wire; `path` is what follows `/v1/`. */
  request(method: string, path: string, body?: unknown, token?: string): Promise<VaultReply>

  stop(): Promise<void>
}

/** As `auth/token/create` takes them; durations in Vault's notation, such as `60s`. */
export interface TokenOptions {
  readonly ttl?: string
  readonly explicitMaxTtl?: string
  readonly period?: string
  readonly numUses?: number
  readonly renewable?: boolean
  readonly type?: 'service' | 'batch'
  /** Default `['pki']`; Vault adds `default` unless `noDefaultPolicy`. */
  readonly policies?: readonly string[]
  readonly noDefaultPolicy?: boolean
  readonly displayName?: string
  readonly meta?: Readonly<Record<string, string>>
  /** Survives the token that made it. */
  readonly orphan?: boolean
}

export interface CreatedToken {
  readonly token: string
  /** Empty for a batch token. */
  readonly accessor: string
}

/** The body that `auth/token/create` is sent for the options. */
export function tokenCreation(options: TokenOptions): Record<string, unknown> {
  const { explicitMaxTtl, numUses, noDefaultPolicy, displayName, policies, orphan, ...same } = options
  const entries = {
    ...same,
    policies: policies ?? ['pki'],
    explicit_max_ttl: explicitMaxTtl,
    num_uses: numUses,
    no_default_policy: noDefaultPolicy,
    display_name: displayName,
    no_parent: orphan,
  }
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
}
