import type { Settings } from '../../config/settings.ts'
import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import { logRenewals } from '../../connectors/vault/renewal/renewal-log.ts'
import { measureRenewals } from '../../connectors/vault/renewal/renewal-metrics.ts'
import { systemClock } from '../../core/clock.ts'
import type { Duration } from '../../core/duration.ts'
import { UsageError } from '../../core/errors.ts'
import { renewTokenNow, type TokenRenewal } from '../../operations/renew-token-now.ts'
import { openVault, type Surroundings } from '../compose.ts'
import { thenLeaveMetrics, type RunMetricsFlags } from '../run-metrics.ts'
import { openLog } from '../open-log.ts'

interface OnceFlags extends Omit<RunMetricsFlags, 'profile'> {
  readonly increment?: Duration | undefined
}

/** `keep-alive --once`: one look-up, one renewal, and its metrics in the file if one is named. */
export async function renewTokenOnce(
  all: readonly Settings[],
  flags: OnceFlags,
  surroundings: (settings: Settings) => Promise<Surroundings>,
  signal: AbortSignal,
): Promise<TokenRenewal> {
  const [settings, ...others] = all
  if (!settings || others.length > 0)
    throw new UsageError('--once renews one token', { hint: 'run it for each profile' })
  const surrounding = await surroundings(settings)
  const connector = await openVault(settings, surrounding)
  const { PrometheusMetrics } = await import('../../metrics/prometheus.ts')
  const metrics = new PrometheusMetrics({ families: 'token' })
  const observers = [
    logRenewals(await openLog(settings), { issuer: connector.name, address: connector.server }),
    measureRenewals(metrics, connector.name, systemClock),
  ]
  const emit = (event: RenewerEvent): void => observers.forEach((observe) => observe(event))
  const renew = (): Promise<TokenRenewal> =>
    renewTokenNow(connector, { clock: systemClock, increment: flags.increment, signal, emit })
  const run = { command: 'vault keep-alive', warn: surrounding.warn }
  return thenLeaveMetrics({ ...flags, profile: settings.profile?.name }, run, metrics, renew)
}
