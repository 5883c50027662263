import type { Settings } from '../config/settings.ts'
import { logRenewals } from '../connectors/vault/renewal-log.ts'
import { measureRenewals } from '../connectors/vault/renewal-metrics.ts'
import type { RenewerEvent } from '../connectors/vault/renewer-event.ts'
import { Registry } from '../connectors/registry.ts'
import { systemClock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { CertctlError, errorMessage, type ExitCode } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import { stoppableLookup } from '../http/stoppable-lookup.ts'
import type { ListenAddress } from '../metrics/listen-address.ts'
import { PrometheusMetrics } from '../metrics/prometheus.ts'
import { keepTokensAlive, type KeepAliveReport } from '../operations/keep-tokens-alive.ts'
import { openVault, shownAddress, type Surroundings } from './compose.ts'
import { earlyEnd } from './early-end.ts'
import { loadSettingsPerProfile, type Told } from './host-settings.ts'
import { MetricsFile, serveMetrics } from './metrics-outlets.ts'
import { openLog } from './open-log.ts'
import { listenForSignals, type SignalListener } from './signals.ts'
import { TokenWatch } from './token-watch.ts'

export interface KeepAliveFlags {
  readonly increment?: Duration | undefined
  readonly 'metrics-listen'?: ListenAddress | undefined
  readonly 'metrics-file'?: string | undefined
  readonly linger: boolean
}

export interface KeepAliveResult extends KeepAliveReport {
  /** By a signal. */
  readonly isStopped: boolean
  /** Profiles whose settings or token could not be read at the start. */
  readonly openFailures: readonly unknown[]
}

/** Keeps the tokens of all settings alive until the last has ended or a signal stops it. */
export async function runKeepAlive(
  all: readonly Settings[],
  told: Told,
  flags: KeepAliveFlags,
  version: string,
  surroundings: (settings: Settings) => Promise<Surroundings>,
): Promise<KeepAliveResult> {
  const logger = await openLog(all[0]!)
  const metrics = new PrometheusMetrics({ families: 'token', build: { version, nodeVersion: process.version } })
  const watch = new TokenWatch(systemClock)
  const file = flags['metrics-file'] === undefined ? undefined : new MetricsFile(flags['metrics-file'], metrics, logger)
  const stop = new AbortController()
  const registry = new Registry()
  const signals = reactToSignals(stop, registry, logger)
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
    const report = await keepTokensAlive(registry, stop.signal, ({ connector, error }) =>
      logStartFailure(logger, connector.name, error),
    )
    if (flags.linger) await lingerUntil(watch.lastEnd, stop.signal, logger)
    return { ...report, isStopped: stop.signal.aborted, openFailures }
  } finally {
    signals.dispose()
    await exposition?.close()
    await file?.update()
  }
}

/** 0 after a signal; else the worst that happened to a token. */
export function keepAliveStatus({ isStopped, ends, startFailures, openFailures }: KeepAliveResult): ExitCode | 0 {
  if (isStopped) return 0
  const errors = [
    ...openFailures,
    ...startFailures.map(({ error }) => error),
    ...ends.flatMap(({ end }) => end.error ?? []),
  ]
  const codes = errors.map((error) => (error instanceof CertctlError ? error.exitCode : (1 as const)))
  return codes.includes(4) ? 4 : (codes[0] ?? 0)
}

export function keepAliveDocument(
  { isStopped, ends }: KeepAliveResult,
  warnings: readonly string[],
): Record<string, unknown> {
  const results = ends.map(({ name, end }) => ({
    issuer: name,
    reason: end.reason,
    ...(end.error ? { error: end.error.toJSON() } : {}),
  }))
  return { schema: 1, action: isStopped ? 'stopped' : 'ended', results, warnings }
}

async function openKeeper(
  settings: Settings,
  told: Told,
  { increment }: KeepAliveFlags,
  observers: (name: string, address: string) => readonly ((event: RenewerEvent) => void)[],
  logger: Logger,
  surroundings: Surroundings,
) {
  const name = settings.profile?.name ?? 'vault'
  const address = settings.address === undefined ? '' : shownAddress(settings.address.value)
  return openVault(settings, surroundings, {
    lookup: stoppableLookup,
    renewing: { increment, observers: observers(name, address) },
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

function reactToSignals(stop: AbortController, registry: Registry, logger: Logger): SignalListener {
  return listenForSignals({
    onStop: (_signal, count) => {
      stop.abort()
      if (count > 1) earlyEnd.request(0)
    },
    onReload: () => void reloadAll(registry, logger),
    onRenewNow: () => registry.lifecycles.forEach((connector) => connector.renewNow?.()),
  })
}

async function reloadAll(registry: Registry, logger: Logger): Promise<void> {
  logger.log('info', 'credentials and settings are read again')
  const reloads = registry.lifecycles.map(async (connector) => {
    try {
      await connector.reload?.()
    } catch (error) {
      const cause = errorMessage(error)
      logger.log('warn', 'the new credentials are refused; the old ones go on', { issuer: connector.name, cause })
      connector.renewNow?.()
    }
  })
  await Promise.all(reloads)
}

/** Metrics of a token that can't be renewed stay to be seen while it lives. */
async function lingerUntil(end: Date | null, stop: AbortSignal, logger: Logger): Promise<void> {
  if (end === null || stop.aborted) return
  logger.log('info', 'metrics stay until the token expires', { expiresAt: end.toISOString() })
  const longestSleep = Duration.ofHours(1)
  const isOver = (): boolean => stop.aborted || systemClock.now() >= end
  while (!isOver()) {
    await systemClock.sleep(Duration.min(Duration.between(systemClock.now(), end), longestSleep), stop)
  }
  if (systemClock.now() >= end)
    logger.log('error', 'vault token expired', { reason: 'ttl', expiresAt: end.toISOString() })
}

function logStartFailure(logger: Logger, issuer: string, error: unknown): void {
  const hint = error instanceof CertctlError ? error.hint : undefined
  logger.log('error', 'the token-renewal loop cannot start', { issuer, cause: errorMessage(error), hint })
}
