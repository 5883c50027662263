import type { Clock } from '../core/clock.ts'
import type { TokenFacts } from '../connectors/vault/token/token-api.ts'
import { lifeAtLookup } from '../connectors/vault/token/token-life.ts'
import type { VaultConnector } from '../connectors/vault/vault-connector.ts'
import { describeToken, type TokenStatus } from './token-status.ts'

/** What a token is worth that a login has just given, from the look-up that proved it. */
export function loginStatus(
  connector: VaultConnector,
  facts: TokenFacts,
  clock: Clock,
  signal: AbortSignal,
): Promise<TokenStatus> {
  return describeToken(connector, lifeAtLookup(facts, clock.now()), signal)
}
