import { Gauge } from 'prom-client'
import { printable } from '../core/printable.ts'

/** When certificates end and become due, and whether they are in use. A name is printable: the text may go to a terminal. */
export class CertificateSeries {
  readonly #notAfter = certificateGauge('not_after_timestamp_seconds', 'When the certificate expires')
  readonly #renewal = certificateGauge('renewal_timestamp_seconds', 'When the certificate becomes due for renewal')
  readonly #deployPending = certificateGauge(
    'deploy_pending',
    '1 while the certificate is published but not deployed, else 0',
  )

  get all(): readonly Gauge[] {
    return [this.#notAfter, this.#renewal, this.#deployPending]
  }

  set(name: string, notAfter: Date, renewalAt: Date): void {
    const labels = labelsOf(name)
    this.#notAfter.set(labels, notAfter.getTime() / 1000)
    this.#renewal.set(labels, renewalAt.getTime() / 1000)
  }

  setDeployPending(name: string, isPending: boolean): void {
    this.#deployPending.set(labelsOf(name), isPending ? 1 : 0)
  }
}

function labelsOf(name: string): { readonly name: string } {
  return { name: printable(name) }
}

function certificateGauge(name: string, help: string): Gauge {
  return new Gauge({ name: `certctl_certificate_${name}`, help, labelNames: ['name'], registers: [] })
}
