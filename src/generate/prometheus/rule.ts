import type { Duration } from '../../core/duration.ts'

/** A Prometheus alerting rule, as its file has it. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: 'critical' | 'warning' }
  readonly annotations: { readonly summary: string; readonly description: string }
}

export interface AlertFacts {
  /** The name of the scrape job that keep-alive is a target of. */
  readonly job: string
  /** How often what runs and ends succeeds at least. */
  readonly successWithin: Duration
}
