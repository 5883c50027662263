import { Flags } from '@oclif/core'
import { noMetrics } from '../metrics/metrics.ts'
import type { Host } from '../operations/host.ts'
import { errorMessage } from '../core/errors.ts'
import { systemClock } from '../core/clock.ts'
import type { PrometheusMetrics } from '../metrics/prometheus.ts'
import { ownStateDirectory } from './host-settings.ts'

export const metricsFileFlag = Flags.string({
  description: "write this run's metrics to a file for node_exporter's textfile collector",
  helpValue: 'PATH',
})

type Warn = (text: string) => void

/** Runs an operation on this host; with a path its metrics are written there, also when it fails. */
export async function withHost<T>(
  metricsFile: string | undefined,
  warn: Warn,
  run: (host: Host) => Promise<T>,
): Promise<T> {
  const host = { clock: systemClock, stateDirectory: ownStateDirectory(), metrics: noMetrics }
  if (metricsFile === undefined) return run(host)
  const { PrometheusMetrics } = await import('../metrics/prometheus.ts')
  const metrics = new PrometheusMetrics({ families: 'issuance' })
  return thenWriteMetrics(metricsFile, metrics, warn, () => run({ ...host, metrics }))
}

/** The metrics are written also when the work fails. That they can't be is told, and changes nothing about the work. */
export async function thenWriteMetrics<T>(
  path: string,
  metrics: PrometheusMetrics,
  warn: Warn,
  work: () => Promise<T>,
): Promise<T> {
  const { writeMetricsFile } = await import('../metrics/textfile.ts')
  try {
    return await work()
  } finally {
    try {
      await writeMetricsFile(path, (await metrics.text('prometheus')).body)
    } catch (error) {
      warn(errorMessage(error))
    }
  }
}
