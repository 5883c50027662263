import { Gauge } from 'prom-client'

/** When certificates end and become due. */
export class CertificateSeries {
  readonly #notAfter = certificateGauge('not_after_timestamp_seconds', 'When the certificate expires')
  readonly #renewal = certificateGauge('renewal_timestamp_seconds', 'When the certificate becomes due for renewal')

  get all(): readonly Gauge[] {
    return [this.#notAfter, this.#renewal]
  }

  set(name: string, notAfter: Date, renewalAt: Date): void {
    this.#notAfter.set({ name }, notAfter.getTime() / 1000)
    this.#renewal.set({ name }, renewalAt.getTime() / 1000)
  }
}

function certificateGauge(name: string, help: string): Gauge {
  return new Gauge({ name: `certctl_certificate_${name}`, help, labelNames: ['name'], registers: [] })
}
