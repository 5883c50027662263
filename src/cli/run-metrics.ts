import { Flags } from '@oclif/core'
import { systemClock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { errorMessage } from '../core/errors.ts'
import type { PrometheusMetrics } from '../metrics/prometheus.ts'
import type { Host } from '../operations/host.ts'
import { ownHost } from './own-host.ts'
import { leftOutText } from './left-out-text.ts'
import { writeInTurn } from './metrics-turn.ts'
import { openPushGateway, pushGatewayFlag } from './push-gateway.ts'

/** Where a command that runs and ends leaves its metrics. */
export const runMetricsFlags = {
  'metrics-file': Flags.string({
    description:
      "write this run's metrics to a file for node_exporter's textfile collector; several commands may share it",
    helpValue: 'PATH',
  }),
  'push-gateway': pushGatewayFlag({ description: "push this run's metrics to this Prometheus Pushgateway" }),
}

export interface RunMetricsFlags {
  readonly 'metrics-file'?: string | undefined
  readonly 'push-gateway'?: URL | undefined
  readonly profile?: string | undefined
}

/** A run that is to be told of, and what its result says. */
export interface MeasuredRun<Result> {
  /** As it is typed: `renew`. */
  readonly command: string
  /** It only says what it would do: no run to be counted. */
  readonly isDry?: boolean
  readonly isSuccess?: (result: Result) => boolean
  /** Every certificate that there is was told of, so that others are forgotten. */
  readonly isComplete?: (result: Result) => boolean
  readonly warn: (text: string) => void
}

/** Runs an operation on this host; where flags ask for its metrics they are left there, also when it fails. */
export async function withHost<Result>(
  flags: RunMetricsFlags,
  run: MeasuredRun<Result>,
  work: (host: Host) => Promise<Result>,
): Promise<Result> {
  const host = { ...ownHost(), warn: run.warn }
  if (!isAsked(flags)) return work(host)
  const { PrometheusMetrics } = await import('../metrics/prometheus.ts')
  const metrics = new PrometheusMetrics({ families: 'issuance' })
  return thenLeaveMetrics(flags, run, metrics, () => work({ ...host, metrics }))
}

/** That metrics can't be left is told, and changes nothing about the work. */
export async function thenLeaveMetrics<Result>(
  flags: RunMetricsFlags,
  run: MeasuredRun<Result>,
  metrics: PrometheusMetrics,
  work: () => Promise<Result>,
): Promise<Result> {
  const leave = async (isSuccess: boolean, isComplete: boolean): Promise<void> => {
    if (!run.isDry) metrics.endRun(run.command, systemClock.now(), isSuccess)
    await Promise.all([writeFile(flags, metrics, isComplete, run.warn), push(flags, metrics, run)])
  }
  let result: Result
  try {
    result = await work()
  } catch (error) {
    await leave(false, false)
    throw error
  }
  await leave(run.isSuccess?.(result) ?? true, run.isComplete?.(result) ?? false)
  return result
}

function isAsked(flags: RunMetricsFlags): boolean {
  return flags['metrics-file'] !== undefined || flags['push-gateway'] !== undefined
}

async function writeFile(
  { 'metrics-file': path }: RunMetricsFlags,
  metrics: PrometheusMetrics,
  isComplete: boolean,
  warn: (text: string) => void,
): Promise<void> {
  if (path === undefined) return
  const { writeMetricsFile } = await import('../metrics/textfile.ts')
  try {
    const { body } = await metrics.text('prometheus')
    const leftOut = await writeInTurn(path, () => writeMetricsFile(path, body, { kind: 'run', isComplete }))
    for (const one of leftOut) warn(leftOutText(path, one))
  } catch (error) {
    warn(errorMessage(error))
  }
}

async function push(
  { 'push-gateway': address, profile }: RunMetricsFlags,
  metrics: PrometheusMetrics,
  { command, warn }: Pick<MeasuredRun<never>, 'command' | 'warn'>,
): Promise<void> {
  if (address === undefined) return
  try {
    const gateway = await openPushGateway(address, { command, profile })
    await gateway.push(await metrics.text('prometheus'), { timeout: Duration.ofSeconds(5) })
  } catch (error) {
    warn(`the metrics cannot be pushed: ${errorMessage(error)}`)
  }
}
