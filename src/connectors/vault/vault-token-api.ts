import { Duration } from '../../core/duration.ts'
import { CertctlError, UnavailableError } from '../../core/errors.ts'
import { healthReply, lookupReply, mountReply, renewalReply, tokenFacts } from './answers/vault-replies.ts'
import { type TokenApi, type TokenCall, TokenDeniedError, type TokenFacts, type TokenGrant } from './token/token-api.ts'
import type { VaultCall, VaultClient } from './vault-client.ts'

/** `auth/token/lookup-self` and `auth/token/renew-self`. */
export class VaultTokenApi implements TokenApi {
  readonly #client: VaultClient

  constructor(client: VaultClient) {
    this.#client = client
  }

  /** Without a token nobody is asked: servers differ in how they refuse that. */
  async lookupSelf(call: TokenCall = {}): Promise<TokenFacts> {
    if (this.#client.token.reveal() === '') throw new TokenDeniedError('there is no token yet')
    const request = {
      method: 'GET',
      path: 'auth/token/lookup-self',
      purpose: 'token-lookup',
      ...settings(call),
    } as const
    return tokenFacts(await this.#client.call(request, lookupReply))
  }

  async renewSelf(increment: Duration | undefined, call: TokenCall = {}): Promise<TokenGrant> {
    const body = increment === undefined ? {} : { increment: Math.max(1, Math.round(increment.seconds)) }
    const request = {
      method: 'POST',
      path: 'auth/token/renew-self',
      body,
      purpose: 'token-renewal',
      ...settings(call),
    } as const
    const { auth, warnings } = await this.#client.call(request, renewalReply)
    return { lease: Duration.ofSeconds(auth.lease_duration), renewable: auth.renewable, warnings: warnings ?? [] }
  }

  /**
   * By the path that the vault CLI asks before each `kv` command: it takes no right but one to something below the mount,
   * which every token has of its own, and tells the maximum in effect. `sys/auth/MOUNT/tune` takes sudo.
   */
  async mountMaxTtl(path: string, { timeout, signal }: TokenCall = {}): Promise<Duration | null> {
    const request = {
      method: 'GET',
      path: `sys/internal/ui/mounts/${path.split('/').map(encodeURIComponent).join('/')}`,
      purpose: 'other',
      repeat: 'never',
      signal,
      ...(timeout === undefined ? {} : { timeout }),
    } as const
    try {
      const { data } = await this.#client.call(request, mountReply)
      const max = data.config.max_lease_ttl
      return max === 0 ? null : Duration.ofSeconds(max)
    } catch (error) {
      if (!(error instanceof CertctlError) || error instanceof UnavailableError) throw error
      return null
    }
  }

  async revokeSelf({ signal }: TokenCall = {}): Promise<void> {
    const request = {
      method: 'POST',
      path: 'auth/token/revoke-self',
      purpose: 'other',
      repeat: 'never',
      signal,
    } as const
    await this.#client.send(request)
  }

  /** The server's version, or undefined when it won't say: it matters to nothing. */
  async serverVersion(signal?: AbortSignal): Promise<string | undefined> {
    const path = 'sys/health?standbyok=true&perfstandbyok=true'
    const anonymous = { purpose: 'other', unauthenticated: true, withoutNamespace: true } as const
    const request = { method: 'GET', path, ...anonymous, repeat: 'never', signal } as const
    try {
      return (await this.#client.call(request, healthReply)).version
    } catch {
      signal?.throwIfAborted()
      return undefined
    }
  }
}

function settings({ timeout, signal, repeat }: TokenCall): Pick<VaultCall, 'timeout' | 'signal' | 'repeat'> {
  return {
    repeat: repeat === false ? 'never' : 'safe',
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { signal }),
  }
}
