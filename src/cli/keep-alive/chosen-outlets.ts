import { processEnvironment } from '../../config/environment.ts'
import { kernelMicroseconds, systemClock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { ListenAddress } from '../../metrics/listen-address.ts'
import type { PrometheusMetrics } from '../../metrics/prometheus.ts'
import { lookupByChild } from './lookup-by-child.ts'
import type { Outlet } from './outlet.ts'
import { MetricsFile } from './metrics-file.ts'
import { MetricsListener } from './metrics-listener.ts'
import { isListenedFor, watchdogOf } from './service-manager.ts'
import { StatusSocket, statusSocketPath } from './status-socket.ts'
import type { TokenWatch } from './token-watch.ts'

export interface OutletFlags {
  readonly 'metrics-listen'?: ListenAddress | undefined
  readonly 'metrics-file'?: string | undefined
  readonly 'push-gateway'?: URL | undefined
}

export interface Shown {
  readonly metrics: PrometheusMetrics
  readonly watch: TokenWatch
  readonly logger: Logger
  readonly version: string
  /** Undefined for the settings of variables alone. */
  readonly profiles: readonly (string | undefined)[]
}

/** What flags and surroundings ask to be shown to, and the status socket of each profile. */
export async function chosenOutlets(flags: OutletFlags, shown: Shown): Promise<readonly Outlet[]> {
  const { metrics, watch, logger, profiles } = shown
  const { 'metrics-listen': address, 'metrics-file': file, 'push-gateway': gateway } = flags
  const exposed = { metrics, health: () => watch.health, ready: () => watch.readiness }
  const status = { ...exposed, status: instanceStatus(shown) }
  return [
    ...(address === undefined ? [] : [new MetricsListener(address, exposed, logger, systemClock)]),
    ...(file === undefined ? [] : [new MetricsFile(file, metrics, logger)]),
    ...(gateway === undefined ? [] : [await pushOutlet(gateway, shown)]),
    ...profiles.map((profile) => new StatusSocket(statusSocketPath(profile), status, logger, systemClock)),
    ...(isListenedFor(processEnvironment()) ? [await supervisorOutlet(shown)] : []),
  ]
}

function instanceStatus({ watch, version }: Shown) {
  const startedAt = systemClock.now().toISOString()
  return () => {
    const { loops, stuck } = watch.health
    return { ...watch.readiness, loops, stuck, version, pid: process.pid, startedAt }
  }
}

async function pushOutlet(address: URL, { metrics, logger, profiles }: Shown): Promise<Outlet> {
  const { MetricsPush } = await import('./metrics-push.ts')
  const { openPushGateway } = await import('../push-gateway.ts')
  const named = profiles.filter((profile) => profile !== undefined).toSorted()
  const profile = named.length === 0 ? undefined : named.join(',')
  const pusher = { command: 'vault keep-alive', profile, lookup: lookupByChild() }
  const open = () => openPushGateway(address, pusher)
  return new MetricsPush({ address, open, metrics, logger, clock: systemClock })
}

async function supervisorOutlet({ watch, logger }: Shown): Promise<Outlet> {
  const { Supervisor } = await import('./supervisor.ts')
  const { ServiceMessages, systemdNotify } = await import('./service-messages.ts')
  const environment = processEnvironment()
  return new Supervisor({
    messages: new ServiceMessages(systemdNotify(environment), logger),
    watch,
    clock: systemClock,
    watchdog: watchdogOf(environment, process.pid),
    microseconds: kernelMicroseconds,
  })
}
