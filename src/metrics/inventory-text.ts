import { Gauge } from 'prom-client'
import { CertificateSeries } from './certificate-series.ts'
import { renderMetrics } from './metrics-text.ts'

export interface CountedCertificate {
  readonly name: string
  readonly notAfter: Date
  readonly renewalAt: Date
  readonly deploy: 'none' | 'done' | 'pending'
}

/**
 * The certificates of this host in the Prometheus text format, and how many are in each state. Of two with one name the
 * one that ends first is shown.
 */
export async function inventoryMetrics(
  certificates: readonly CountedCertificate[],
  counts: Readonly<Record<string, number>>,
): Promise<string> {
  const series = new CertificateSeries()
  const lastFirst = certificates.toSorted((one, other) => other.notAfter.getTime() - one.notAfter.getTime())
  for (const { name, notAfter, renewalAt, deploy } of lastFirst) {
    series.set(name, notAfter, renewalAt)
    if (deploy !== 'none') series.setDeployPending(name, deploy === 'pending')
  }
  const states = new Gauge({
    name: 'certctl_certificates',
    help: 'Certificates issued on this host, by state',
    labelNames: ['state'],
    registers: [],
  })
  for (const [state, count] of Object.entries(counts)) states.set({ state }, count)
  return (await renderMetrics([...series.all, states], 'prometheus')).body
}
