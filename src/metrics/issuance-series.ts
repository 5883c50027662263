import type { Gauge } from 'prom-client'
import { Counter, Histogram } from 'prom-client'
import type { Duration } from '../core/duration.ts'
import { CertificateSeries } from './certificate-series.ts'
import type { IssuanceErrorClass } from './metrics.ts'

/** What issuing certificates leaves to be scraped. */
export class IssuanceSeries {
  readonly #issuances = new Counter({
    name: 'certctl_issuance_total',
    help: 'Certificates asked for, by what came of it',
    labelNames: ['issuer_type', 'outcome'],
    registers: [],
  })
  readonly #duration = new Histogram({
    name: 'certctl_issuance_duration_seconds',
    help: 'Time from asking for a certificate to having it or being refused',
    labelNames: ['issuer_type'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    registers: [],
  })
  readonly #failures = new Counter({
    name: 'certctl_issuance_failures_total',
    help: 'Certificates asked for in vain, by the class of the error',
    labelNames: ['issuer_type', 'error_class'],
    registers: [],
  })
  readonly #certificates = new CertificateSeries()

  get all(): readonly (Counter | Gauge | Histogram)[] {
    return [this.#issuances, this.#duration, this.#failures, ...this.#certificates.all]
  }

  count(issuerType: string, duration: Duration, failure?: IssuanceErrorClass): void {
    this.#issuances.inc({ issuer_type: issuerType, outcome: failure === undefined ? 'success' : 'failure' })
    this.#duration.observe({ issuer_type: issuerType }, duration.seconds)
    if (failure !== undefined) this.#failures.inc({ issuer_type: issuerType, error_class: failure })
  }

  setCertificate(name: string, notAfter: Date, renewalAt: Date): void {
    this.#certificates.set(name, notAfter, renewalAt)
  }

  setDeployPending(name: string, isPending: boolean): void {
    this.#certificates.setDeployPending(name, isPending)
  }
}
