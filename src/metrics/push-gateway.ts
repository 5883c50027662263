import type { Duration } from '../core/duration.ts'
import { RejectedError, UnavailableError } from '../core/errors.ts'
import type { HttpClient } from '../http/http-client.ts'
import type { MetricsText } from './metrics-text.ts'

/** What tells the pushes of one host apart; later ones with the same values take the place of earlier ones. */
export type GroupingKey = Readonly<Record<string, string>>

export interface PushLimits {
  readonly timeout: Duration
  readonly signal?: AbortSignal
}

/** A Prometheus Pushgateway. */
export class PushGateway {
  readonly #http: HttpClient
  readonly #address: URL
  readonly #path: string

  /**
   * `http` is a client for the address's origin. The key of an address that has one in its path, `/metrics/job/...`, is
   * used in place of the given one.
   */
  constructor(http: HttpClient, address: URL, key: GroupingKey) {
    const base = address.pathname.replace(/^\/+|\/+$/g, '')
    this.#http = http
    this.#address = address
    this.#path = hasGroupingKey(address) ? base : [base, groupingPath(key)].filter((part) => part !== '').join('/')
  }

  /**
   * Adds to the group by POST: what it holds under names that this text has not stays, such as the last success after a
   * failed run. Throws UnavailableError, and what else passes of the network, or RejectedError.
   */
  async push({ contentType, body }: MetricsText, { timeout, signal }: PushLimits): Promise<void> {
    const { status, text } = await this.#http.send({
      method: 'POST',
      path: this.#path,
      text: { type: contentType, content: body },
      repeat: 'never',
      timeout,
      signal,
    })
    if (status >= 200 && status < 300) return
    const said = text.trim().split('\n')[0]?.slice(0, 200) ?? ''
    const message = `the push gateway ${this.#address.origin} answers with status ${status}${said && `: ${said}`}`
    throw status >= 500 || status === 429 ? new UnavailableError(message) : new RejectedError(message)
  }
}

/** For an address without a key of its own. */
function groupingPath(key: GroupingKey): string {
  const pairs = Object.entries(key).map(([label, value]) => `/${label}${encodedValue(value)}`)
  return `metrics${pairs.join('')}`
}

/** Whether the address names the group that is pushed to. */
export function hasGroupingKey({ pathname }: URL): boolean {
  return /\/metrics\/job(?:@base64)?\/./.test(pathname)
}

/** The gateway takes a value that is empty or has a slash in it as base64, which is marked. */
function encodedValue(value: string): string {
  if (value === '') return '@base64/='
  if (value.includes('/')) return `@base64/${Buffer.from(value).toString('base64url')}`
  return `/${encodeURIComponent(value)}`
}
