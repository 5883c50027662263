import type { Clock } from '../core/clock.ts'
import type { Duration } from '../core/duration.ts'
import { CertctlError } from '../core/errors.ts'
import { notRenewableError } from '../connectors/vault/renewal/renewal-failure.ts'
import { renewOnce } from '../connectors/vault/renewal/renew-once.ts'
import { endDenied } from '../connectors/vault/renewal/token-end.ts'
import type { RenewerEvent } from '../connectors/vault/renewal/renewer-event.ts'
import { nextRenewalAt, type TokenLife } from '../connectors/vault/token/token-life.ts'
import { TokenDeniedError, TokenNotRenewableError } from '../connectors/vault/token/token-api.ts'
import type { VaultConnector } from '../connectors/vault/vault-connector.ts'
import { describeToken, type TokenStatus } from './token-status.ts'

export interface TokenRenewal extends TokenStatus {
  readonly action: 'renewed' | 'nothing-to-renew'
}

export interface RenewNow {
  readonly clock: Clock
  readonly increment: Duration | undefined
  readonly signal: AbortSignal
  /** Told what the loop would have told. */
  readonly emit: (event: RenewerEvent) => void
}

/** One look-up and one renewal, then what the token is worth. */
export async function renewTokenNow(
  connector: VaultConnector,
  { clock, increment, signal, emit }: RenewNow,
): Promise<TokenRenewal> {
  let known: TokenLife | undefined
  const onLookup = (life: TokenLife): void => void (known = life)
  try {
    const renewal = await renewOnce({ api: connector.tokens, clock, increment, signal, onLookup })
    known = renewal.life
    if (renewal.action === 'renewed' && !renewal.grant.renewable) throw notRenewableError()
    if (renewal.action === 'renewed') emit(renewed(renewal.life, renewal.grant.lease, clock))
    else emit({ kind: 'nothing-to-renew' })
    const status = await describeToken(connector, renewal.life, signal, increment)
    const remarks = renewal.action === 'renewed' ? renewal.grant.warnings : []
    return { ...status, warnings: [...status.warnings, ...remarks], action: renewal.action }
  } catch (error) {
    if (error instanceof TokenDeniedError && known === undefined) endDenied(emit, error)
    if (error instanceof CertctlError && known?.facts.expiresAt) emit(failed(error, known.facts.expiresAt))
    throw error
  }
}

function renewed(life: TokenLife, lease: Duration, clock: Clock): RenewerEvent {
  const now = clock.now()
  const next = nextRenewalAt(life)
  return { kind: 'renewed', lease, expiresAt: lease.after(now), nextRenewalAt: next ?? now }
}

/** Without a look-up no renewal was asked for, so none failed. */
function failed(error: CertctlError, expiresAt: Date): RenewerEvent {
  if (error instanceof TokenNotRenewableError) return { kind: 'not-renewable', when: 'renewal', expiresAt, error }
  return { kind: 'renewal-failed', error, failures: 1, loud: true, expiresAt, nextAttemptAt: null }
}
