import { Gauge } from 'prom-client'
import type { Duration } from '../core/duration.ts'
import { IssuanceSeries } from './issuance-series.ts'
import { renderMetrics, type Family, type MetricsFormat, type MetricsText } from './metrics-text.ts'
import type { IssuanceErrorClass, Metrics, RenewalResult, TokenEnd, TokenState } from './metrics.ts'
import { RunSeries } from './run-series.ts'
import { TokenSeries } from './token-series.ts'

export interface PrometheusOptions {
  /** What this run does: only series of that kind are kept, and what is told of the other is dropped. */
  readonly families: 'token' | 'issuance'
  /** Adds `certctl_build_info`. */
  readonly build?: { readonly version: string; readonly nodeVersion: string }
}

/** Keeps what it is told for as long as the run lasts; has nothing of its own and nothing of the process. */
export class PrometheusMetrics implements Metrics {
  readonly #token: TokenSeries | undefined
  readonly #issuance: IssuanceSeries | undefined
  readonly #runs = new RunSeries()
  readonly #families: readonly Family[]

  constructor({ families, build }: PrometheusOptions) {
    this.#token = families === 'token' ? new TokenSeries() : undefined
    this.#issuance = families === 'issuance' ? new IssuanceSeries() : undefined
    const info = build === undefined ? [] : [buildInfo(build.version, build.nodeVersion)]
    this.#families = [...(this.#token?.all ?? []), ...(this.#issuance?.all ?? []), ...this.#runs.all, ...info]
  }

  countTokenRenewal(result: RenewalResult): void {
    this.#token?.countRenewal(result)
  }

  setTokenState(issuer: string, state: TokenState): void {
    this.#token?.setState(issuer, state)
  }

  setLastTokenRenewal(issuer: string, at: Date): void {
    this.#token?.setLastRenewal(issuer, at)
  }

  setTokenEnd(issuer: string, end: TokenEnd): void {
    this.#token?.setEnd(issuer, end)
  }

  setSinksBehind(issuer: string, count: number): void {
    this.#token?.setSinksBehind(issuer, count)
  }

  countIssuance(issuerType: string, duration: Duration, failure?: IssuanceErrorClass): void {
    this.#issuance?.count(issuerType, duration, failure)
  }

  setCertificate(name: string, notAfter: Date, renewalAt: Date): void {
    this.#issuance?.setCertificate(name, notAfter, renewalAt)
  }

  setDeployPending(name: string, isPending: boolean): void {
    this.#issuance?.setDeployPending(name, isPending)
  }

  /** `command` is its name as it is typed. */
  endRun(command: string, at: Date, isSuccess: boolean): void {
    this.#runs.ended(command, at, isSuccess)
  }

  text(format: MetricsFormat): Promise<MetricsText> {
    return renderMetrics(this.#families, format)
  }
}

function buildInfo(version: string, nodeVersion: string): Gauge {
  const help = 'Always 1; the labels say what runs'
  const gauge = new Gauge({ name: 'certctl_build_info', help, labelNames: ['version', 'node_version'], registers: [] })
  gauge.set({ version, node_version: nodeVersion }, 1)
  return gauge
}
