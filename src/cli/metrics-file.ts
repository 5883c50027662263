import { Flags } from '@oclif/core'
import { noMetrics } from '../metrics/metrics.ts'
import type { Host } from '../operations/host.ts'
import { systemClock } from '../core/clock.ts'
import type { PrometheusMetrics } from '../metrics/prometheus.ts'
import { ownStateDirectory } from './host-settings.ts'

export const metricsFileFlag = Flags.string({
  description: "write this run's metrics to a file for node_exporter's textfile collector",
  helpValue: 'PATH',
})

/** Runs an operation on this host; with a path its metrics are written there, also when it fails. */
export async function withHost<T>(metricsFile: string | undefined, run: (host: Host) => Promise<T>): Promise<T> {
  const host = { clock: systemClock, stateDirectory: ownStateDirectory(), metrics: noMetrics }
  if (metricsFile === undefined) return run(host)
  const { PrometheusMetrics } = await import('../metrics/prometheus.ts')
  const metrics = new PrometheusMetrics({ families: 'issuance' })
  return thenWriteMetrics(metricsFile, metrics, () => run({ ...host, metrics }))
}

/** The metrics are written also when the work fails; of two failures the work's own is told. */
export async function thenWriteMetrics<T>(
  path: string,
  metrics: PrometheusMetrics,
  work: () => Promise<T>,
): Promise<T> {
  const { writeMetricsFile } = await import('../metrics/textfile.ts')
  const write = async (): Promise<void> => writeMetricsFile(path, (await metrics.text('prometheus')).body)
  let result: T
  try {
    result = await work()
  } catch (error) {
    await write().catch(() => undefined)
    throw error
  }
  await write()
  return result
}
