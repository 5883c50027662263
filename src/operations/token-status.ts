import type { Clock } from '../core/clock.ts'
import type { VaultConnector } from '../connectors/vault/vault-connector.ts'
import { forecastToken, type TokenForecast } from '../connectors/vault/token/token-forecast.ts'
import {
  isMountMaxOfUse,
  lifeAtLookup,
  lifeUnderMountMax,
  type TokenLife,
} from '../connectors/vault/token/token-life.ts'
import type { Duration } from '../core/duration.ts'
import type { TokenFacts } from '../connectors/vault/token/token-api.ts'

export interface TokenStatus {
  readonly facts: TokenFacts
  readonly forecast: TokenForecast
  readonly server: { readonly address: string; readonly version: string | null }
  readonly warnings: readonly string[]
}

/** What the token may still do, and until when: one look-up, and what the server tells beside it without a use of the token. */
export async function tokenStatus(connector: VaultConnector, clock: Clock, signal?: AbortSignal): Promise<TokenStatus> {
  const facts = await connector.tokens.lookupSelf({ signal })
  return describeToken(connector, lifeAtLookup(facts, clock.now()), signal)
}

/** The same from facts that are known already; `asked` is what each renewal asks for. */
export async function describeToken(
  connector: VaultConnector,
  life: TokenLife,
  signal?: AbortSignal,
  asked?: Duration,
): Promise<TokenStatus> {
  const [version, mountMax] = await Promise.all([
    connector.tokens.serverVersion(signal),
    readMountMax(connector, life.facts, signal),
  ])
  const skew = connector.clockWarning
  return {
    facts: life.facts,
    forecast: forecastToken(mountMax === null ? life : lifeUnderMountMax(life, mountMax), asked),
    server: { address: connector.server, version: version ?? null },
    warnings: [...life.facts.warnings, ...(skew === undefined ? [] : [skew])],
  }
}

/** Null when the server won't say: the forecast does without. */
async function readMountMax(
  connector: VaultConnector,
  facts: TokenFacts,
  signal: AbortSignal | undefined,
): Promise<Duration | null> {
  if (facts.path === null || !isMountMaxOfUse(facts)) return null
  try {
    return await connector.tokens.mountMaxTtl(facts.path, { signal })
  } catch {
    signal?.throwIfAborted()
    return null
  }
}
