import type { Settings } from '../../config/settings.ts'
import { logLogins } from '../../connectors/vault/login/login-log.ts'
import { logRenewals } from '../../connectors/vault/renewal/renewal-log.ts'
import { measureRenewals } from '../../connectors/vault/renewal/renewal-metrics.ts'
import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import { Registry } from '../../connectors/registry.ts'
import { systemClock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { stoppableLookup } from '../../http/stoppable-lookup.ts'
import type { ListenAddress } from '../../metrics/listen-address.ts'
import { PrometheusMetrics } from '../../metrics/prometheus.ts'
import { keepTokensAlive } from '../../operations/keep-tokens-alive.ts'
import { openVault, shownAddress, type Surroundings } from '../compose.ts'
import { reactToSignals } from './keep-alive-signals.ts'
import type { KeepAliveResult } from './keep-alive-report.ts'
import { loadSettingsPerProfile, type Told } from '../host-settings.ts'
import type { LoginFlags } from '../login/login-flags.ts'
import { checkLoginFlags, loginOpening } from '../login/login-opening.ts'
import { MetricsFile, serveMetrics } from './metrics-outlets.ts'
import { openLog } from '../open-log.ts'
import { TokenWatch } from './token-watch.ts'

export interface KeepAliveFlags extends LoginFlags {
  readonly 'keep-old': boolean
  readonly increment?: Duration | undefined
  readonly 'metrics-listen'?: ListenAddress | undefined
  readonly 'metrics-file'?: string | undefined
  readonly linger: boolean
}

/** Keeps the tokens of all settings alive until the last has ended or a signal stops it. */
export async function runKeepAlive(
  all: readonly Settings[],
  told: Told,
  flags: KeepAliveFlags,
  version: string,
  surroundings: (settings: Settings) => Promise<Surroundings>,
): Promise<KeepAliveResult> {
  checkLoginFlags(flags, all.length)
  const logger = await openLog(all[0]!)
  const metrics = new PrometheusMetrics({ families: 'token', build: { version, nodeVersion: process.version } })
  const watch = new TokenWatch(systemClock)
  const file = flags['metrics-file'] === undefined ? undefined : new MetricsFile(flags['metrics-file'], metrics, logger)
  const stop = new AbortController()
  const registry = new Registry()
  const revival = new Revival()
  const signals = reactToSignals({ stop, registry, logger, onReloaded: () => revival.announce() })
  const exposed = { metrics, health: () => watch.health, ready: () => watch.readiness }
  const exposition = flags['metrics-listen'] && serveMetrics(flags['metrics-listen'], exposed, logger, systemClock)
  try {
    const openFailures: unknown[] = []
    for (const settings of all) {
      const observers = (name: string, address: string) => [
        logRenewals(logger, { issuer: name, address }),
        measureRenewals(metrics, name, systemClock),
        watch.observe(name),
        ...(file ? [() => void file.update()] : []),
      ]
      try {
        registry.add(await openKeeper(settings, told, flags, observers, logger, await surroundings(settings)))
      } catch (error) {
        if (all.length === 1) throw error
        logStartFailure(logger, settings.profile?.name ?? 'vault', error)
        openFailures.push(error)
      }
    }
    await file?.update()
    for (;;) {
      const report = await keepTokensAlive(registry, stop.signal, ({ connector, error }) =>
        logStartFailure(logger, connector.name, error),
      )
      const isRevived = flags.linger && (await lingerUntil(watch.lastEnd, stop.signal, revival, logger))
      if (!isRevived) return { ...report, isStopped: stop.signal.aborted, openFailures }
    }
  } finally {
    signals.dispose()
    await exposition?.close()
    await file?.update()
  }
}

async function openKeeper(
  settings: Settings,
  told: Told,
  flags: KeepAliveFlags,
  observers: (name: string, address: string) => readonly ((event: RenewerEvent) => void)[],
  logger: Logger,
  surroundings: Surroundings,
) {
  const name = settings.profile?.name ?? 'vault'
  const address = settings.address === undefined ? '' : shownAddress(settings.address.value)
  return openVault(settings, surroundings, {
    lookup: stoppableLookup,
    renewing: { increment: flags.increment, observers: observers(name, address) },
    login: await loginOpening(flags, settings, surroundings, logLogins(logger, { issuer: name, address })),
    settingsAgain: async () => {
      const again = await loadSettingsPerProfile(told)
      return again.find((candidate) => candidate.profile?.name === settings.profile?.name) ?? settings
    },
    onReload: ({ origin, source }) => {
      if (origin !== 'variable') return
      logger.log('warn', 'vault token comes from a variable, which stays as it was when this process started', {
        issuer: name,
        source,
      })
    },
  })
}

/** Metrics of a token that can't be renewed stay to be seen while it lives. True when another token came meanwhile. */
async function lingerUntil(end: Date | null, stop: AbortSignal, revival: Revival, logger: Logger): Promise<boolean> {
  if (end === null || stop.aborted) return false
  logger.log('info', 'metrics stay until the token expires', { expiresAt: end.toISOString() })
  const over = AbortSignal.any([stop, revival.next()])
  const longestSleep = Duration.ofHours(1)
  const isOver = (): boolean => over.aborted || systemClock.now() >= end
  while (!isOver()) {
    await systemClock.sleep(Duration.min(Duration.between(systemClock.now(), end), longestSleep), over)
  }
  if (over.aborted) return !stop.aborted
  logger.log('error', 'vault token expired', { reason: 'ttl', expiresAt: end.toISOString() })
  return false
}

/** Tells those who linger that there is a good token again. */
class Revival {
  #awaited = new AbortController()

  next(): AbortSignal {
    this.#awaited = new AbortController()
    return this.#awaited.signal
  }

  announce(): void {
    this.#awaited.abort()
  }
}

function logStartFailure(logger: Logger, issuer: string, error: unknown): void {
  const hint = error instanceof CertctlError ? error.hint : undefined
  logger.log('error', 'the token-renewal loop cannot start', { issuer, cause: errorMessage(error), hint })
}
