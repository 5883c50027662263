import type { Clock } from '../../../core/clock.ts'
import type { Duration } from '../../../core/duration.ts'
import { notRenewableError } from './renewal-failure.ts'
import type { TokenApi, TokenGrant } from '../token/token-api.ts'
import { incrementFor, lifeAfterGrant, lifeAtLookup, type TokenLife } from '../token/token-life.ts'

export interface RenewOnceSettings {
  readonly api: TokenApi
  readonly clock: Clock
  readonly increment?: Duration | undefined
  readonly signal?: AbortSignal | undefined
  /** Told what the look-up found, before anything is renewed. */
  readonly onLookup?: (life: TokenLife) => void
}

export type SingleRenewal =
  | { readonly action: 'nothing-to-renew'; readonly life: TokenLife }
  /** `life` is that after the grant. */
  | { readonly action: 'renewed'; readonly life: TokenLife; readonly grant: TokenGrant }

/** One look-up, one renewal now. Throws TokenNotRenewableError, without a renewal call, and what the API throws. */
export async function renewOnce({
  api,
  clock,
  increment,
  signal,
  onLookup,
}: RenewOnceSettings): Promise<SingleRenewal> {
  const [now, lookedUp] = [clock.now(), clock.monotonic()]
  const facts = await api.lookupSelf({ signal, repeat: true })
  const life = lifeAtLookup(facts, now)
  onLookup?.(life)
  if (facts.expiresAt === null) return { action: 'nothing-to-renew', life }
  if (!facts.renewable) throw notRenewableError()
  const asked = clock.monotonic()
  const grant = await api.renewSelf(incrementFor(facts, increment), { signal, repeat: true })
  const elapsed = asked.minus(lookedUp)
  return { action: 'renewed', grant, life: lifeAfterGrant(life, grant, elapsed, increment) }
}
