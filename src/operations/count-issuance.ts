import { AuthError, CertctlError, ProtocolError, RejectedError, UnavailableError } from '../core/errors.ts'
import { ConnectionError } from '../http/http-client.ts'
import type { IssuanceErrorClass } from '../metrics/metrics.ts'
import type { Host } from './host.ts'

/** Runs one issuance and counts how it ended and how long it took. */
export async function countIssuance<T>(
  { clock, metrics }: Host,
  issuerType: string,
  issue: () => Promise<T>,
): Promise<T> {
  const started = clock.monotonic()
  try {
    const result = await issue()
    metrics.countIssuance(issuerType, clock.monotonic().minus(started))
    return result
  } catch (error) {
    metrics.countIssuance(issuerType, clock.monotonic().minus(started), issuanceErrorClass(error))
    throw error
  }
}

export function issuanceErrorClass(error: unknown): IssuanceErrorClass {
  if (!(error instanceof CertctlError)) return 'other'
  if (error.code === 'timeout') return 'timeout'
  if (error.code === 'throttled') return 'rate_limited'
  if (error instanceof ConnectionError) return 'network'
  if (error instanceof AuthError) return 'auth'
  const status = error.facts['status']
  if (error instanceof RejectedError)
    return status === 404 ? 'upstream_4xx' : isServerError(status) ? 'upstream_5xx' : 'validation'
  if (error instanceof UnavailableError) return isClientError(status) ? 'upstream_4xx' : 'upstream_5xx'
  return error instanceof ProtocolError && isClientError(status) ? 'upstream_4xx' : 'other'
}

function isServerError(status: unknown): boolean {
  return typeof status === 'number' && status >= 500
}

function isClientError(status: unknown): boolean {
  return typeof status === 'number' && status >= 400 && status < 500
}
