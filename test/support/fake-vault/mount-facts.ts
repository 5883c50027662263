import { randomBytes, randomUUID } from 'node:crypto'
import type { Call, Endpoint } from './engine.ts'
import type { Policies } from './policies.ts'
import { Refusal, multierror } from './reply.ts'
import type { TokenStore } from './token-store.ts'

const systemTtl = 768 * 3600

/**
 * `sys/internal/ui/mounts/PATH`: open to the router, which then looks at the token by itself and spends no use of it. It
 * takes access to any path below the mount. Of the token mount only; a real Vault knows every mount.
 */
export function mountFacts(tokens: TokenStore, policies: Policies): Endpoint<Call>[] {
  const [accessor, uuid] = [`auth_token_${randomBytes(4).toString('hex')}`, randomUUID()]
  const read = ({ clientToken, path }: Call) => {
    if (clientToken === undefined || clientToken === '') throw new Refusal(403, 'permission denied')
    const token = tokens.find(clientToken)
    if (!token) throw new Refusal(403, multierror('permission denied', 'invalid token'))
    const asked = `${path.replace(/^sys\/internal\/ui\/mounts\//, '')}/`
    if (!asked.startsWith('auth/token/') || !policies.mayUseBelow(token.policies, 'auth/token/')) {
      const advice = "please ensure client's policies grant access to path"
      throw new Refusal(403, `preflight capability check returned 403, ${advice} "${asked}"`)
    }
    const config = {
      default_lease_ttl: systemTtl,
      force_no_cache: false,
      max_lease_ttl: tokens.maxTtl,
      token_type: 'default-service',
    }
    return {
      data: {
        accessor,
        config,
        description: 'token based credentials',
        external_entropy_access: false,
        local: false,
        options: null,
        path: 'token/',
        plugin_version: '',
        running_plugin_version: 'v1.21.0+builtin.vault',
        running_sha256: '',
        seal_wrap: false,
        type: 'token',
        uuid,
      },
      warnings: [],
    }
  }
  return [{ pattern: /^internal\/ui\/mounts\/.+$/, handlers: { read } }]
}
