import type { Duration } from '../core/duration.ts'

export type RenewalResult = 'success' | 'failure' | 'not_renewable'

export type IssuanceErrorClass =
  'timeout' | 'auth' | 'rate_limited' | 'validation' | 'upstream_5xx' | 'upstream_4xx' | 'network' | 'other'

export interface TokenState {
  /** Null while the token never expires. */
  readonly expiresAt: Date | null
  readonly renewable: boolean
  readonly nextRenewalAt: Date | null
}

export interface TokenEnd {
  /** The end that renewal can't move; null while none is known. */
  readonly endsAt: Date | null
  /** The warning ahead of it has been given, and no other token is in sight. */
  readonly endsSoon: boolean
}

/** What happened, told once by whoever did it; whoever exposes it reads the same series. */
export interface Metrics {
  countTokenRenewal(result: RenewalResult): void
  setTokenState(issuer: string, state: TokenState): void
  setLastTokenRenewal(issuer: string, at: Date): void
  setTokenEnd(issuer: string, end: TokenEnd): void
  /** How many of the files for other programs do not have the newest token. */
  setSinksBehind(issuer: string, count: number): void
  countIssuance(issuerType: string, duration: Duration, failure?: IssuanceErrorClass): void
  setCertificate(name: string, notAfter: Date, renewalAt: Date): void
  /** Told of certificates that have hooks or probes. */
  setDeployPending(name: string, isPending: boolean): void
}

export const noMetrics: Metrics = {
  countTokenRenewal: () => undefined,
  setTokenState: () => undefined,
  setLastTokenRenewal: () => undefined,
  setTokenEnd: () => undefined,
  setSinksBehind: () => undefined,
  countIssuance: () => undefined,
  setCertificate: () => undefined,
  setDeployPending: () => undefined,
}
