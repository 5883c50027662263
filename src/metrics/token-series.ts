import { Counter, Gauge } from 'prom-client'
import type { RenewalResult, TokenEnd, TokenState } from './metrics.ts'

const results: readonly RenewalResult[] = ['success', 'failure', 'not_renewable']

/** What keeping a token alive leaves to be scraped. A gauge is absent while its value is unknown. */
export class TokenSeries {
  readonly #renewals = new Counter({
    name: 'certctl_vault_token_renewals_total',
    help: 'Attempts to renew a Vault token, by what came of them',
    labelNames: ['result'],
    registers: [],
  })
  readonly #expiry = issuerGauge('expiry_timestamp_seconds', 'When the Vault token expires unless it is renewed')
  readonly #lastRenewal = issuerGauge('last_renewal_timestamp_seconds', 'When the Vault token was last renewed')
  readonly #nextRenewal = issuerGauge('next_renewal_timestamp_seconds', 'When the Vault token is to be renewed next')
  readonly #renewable = issuerGauge('renewable', '1 while Vault says that the token can be renewed, else 0')

  readonly #end = issuerGauge('end_timestamp_seconds', 'When the Vault token ends however it is renewed')
  readonly #endsSoon = issuerGauge(
    'ends_soon',
    '1 once it was warned of the end and no other token is in sight, else 0',
  )
  readonly #sinksBehind = issuerGauge('sinks_behind', 'How many sinks do not have the newest Vault token')

  constructor() {
    for (const result of results) this.#renewals.inc({ result }, 0)
  }

  get all(): readonly (Counter | Gauge)[] {
    return [
      this.#renewals,
      this.#expiry,
      this.#lastRenewal,
      this.#nextRenewal,
      this.#renewable,
      this.#end,
      this.#endsSoon,
      this.#sinksBehind,
    ]
  }

  countRenewal(result: RenewalResult): void {
    this.#renewals.inc({ result })
  }

  setState(issuer: string, state: TokenState): void {
    setTime(this.#expiry, issuer, state.expiresAt)
    setTime(this.#nextRenewal, issuer, state.nextRenewalAt)
    this.#renewable.set({ issuer }, state.renewable ? 1 : 0)
  }

  setEnd(issuer: string, { endsAt, endsSoon }: TokenEnd): void {
    setTime(this.#end, issuer, endsAt)
    this.#endsSoon.set({ issuer }, endsSoon ? 1 : 0)
  }

  setSinksBehind(issuer: string, count: number): void {
    this.#sinksBehind.set({ issuer }, count)
  }

  setLastRenewal(issuer: string, at: Date): void {
    setTime(this.#lastRenewal, issuer, at)
  }
}

function issuerGauge(name: string, help: string): Gauge {
  return new Gauge({ name: `certctl_vault_token_${name}`, help, labelNames: ['issuer'], registers: [] })
}

function setTime(gauge: Gauge, issuer: string, time: Date | null): void {
  if (time === null) gauge.remove(issuer)
  else gauge.set({ issuer }, time.getTime() / 1000)
}
