import type { Secret } from '../../../core/secret.ts'
import type { CallLimits } from '../token/token-api.ts'
import type { VaultClient } from '../vault-client.ts'

/** What one login sends. */
export interface LoginRequest {
  /** Below `auth/MOUNT/`, such as `login`. */
  readonly path: string
  readonly body: Readonly<Record<string, string>>
  /** What the body holds of secrets: a server may echo it. */
  readonly secrets: readonly Secret[]
}

/** One way to prove who this is. Credentials are read afresh at each login: they are rotated underneath. */
export interface LoginMethod {
  /** As the operator writes it, such as `approle`. */
  readonly kind: string
  /** The auth method's path, without `auth/`. */
  readonly mount: string
  /** The files that it reads; a change of one is a reason to log in again. */
  readonly files: readonly string[]
  /** `client` is one without a token, for what must be asked before. Throws ConfigError for a credential that is no good. */
  request(client: VaultClient, limits?: CallLimits): Promise<LoginRequest>
}

/** Reads a credential's file: trimmed, never empty; ConfigError naming the path and what it is for. */
export type ReadCredential = (path: string, what: string) => Promise<Secret>
