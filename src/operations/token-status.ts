import type { Clock } from '../core/clock.ts'
import type { VaultConnector } from '../connectors/vault/vault-connector.ts'
import { forecastToken, type TokenForecast } from '../connectors/vault/token/token-forecast.ts'
import { lifeAtLookup, type TokenLife } from '../connectors/vault/token/token-life.ts'
import type { TokenFacts } from '../connectors/vault/token/token-api.ts'

export interface TokenStatus {
  readonly facts: TokenFacts
  readonly forecast: TokenForecast
  readonly server: { readonly address: string; readonly version: string | null }
  readonly warnings: readonly string[]
}

/** What the token may still do, and until when: one look-up, and the server's version, which no token is spent on. */
export async function tokenStatus(connector: VaultConnector, clock: Clock, signal?: AbortSignal): Promise<TokenStatus> {
  const facts = await connector.tokens.lookupSelf({ signal })
  return describeToken(connector, lifeAtLookup(facts, clock.now()), signal)
}

/** The same from facts that are known already. */
export async function describeToken(
  connector: VaultConnector,
  life: TokenLife,
  signal?: AbortSignal,
): Promise<TokenStatus> {
  const version = (await connector.tokens.serverVersion(signal)) ?? null
  const skew = connector.clockWarning
  return {
    facts: life.facts,
    forecast: forecastToken(life),
    server: { address: connector.server, version },
    warnings: [...life.facts.warnings, ...(skew === undefined ? [] : [skew])],
  }
}
