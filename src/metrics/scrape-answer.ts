import type { IncomingMessage } from 'node:http'
import { acceptedFormat } from './accepted-format.ts'
import type { MetricsFormat, MetricsText } from './metrics-text.ts'

/** Facts beside the verdict go into the body as they are; times are RFC 3339. */
export interface Health {
  readonly ok: boolean
  readonly [fact: string]: string | number | boolean | null | undefined
}

export interface Exposed {
  readonly metrics: { text(format: MetricsFormat): Promise<MetricsText> }
  /** Is the loop alive? */
  health(): Health
  /** Is the token valid, and will it be renewed in time? */
  ready(): Health
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** What one request is answered; never throws. */
export async function answerScrape(request: IncomingMessage, exposed: Exposed): Promise<Answer> {
  const page = pages.get(request.url?.split('?')[0] ?? '')
  if (page === undefined) return plain(404, 'not found')
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'method not allowed')
  try {
    return await page(exposed, request)
  } catch {
    return plain(500, 'internal error')
  }
}

type Page = (exposed: Exposed, request: IncomingMessage) => Answer | Promise<Answer>

const pages: ReadonlyMap<string, Page> = new Map<string, Page>([
  [
    '/metrics',
    async ({ metrics }, { headers }) => ({ status: 200, ...(await metrics.text(acceptedFormat(headers.accept))) }),
  ],
  ['/healthz', (exposed) => verdict(exposed.health())],
  ['/readyz', (exposed) => verdict(exposed.ready())],
])

function verdict(health: Health): Answer {
  return { status: health.ok ? 200 : 503, contentType: 'application/json', body: `${JSON.stringify(health)}\n` }
}

function plain(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}
