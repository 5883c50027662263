import type { IncomingMessage } from 'node:http'
import { acceptedFormat } from './accepted-format.ts'
import type { MetricsFormat, MetricsText } from './metrics-text.ts'

type Fact = string | number | boolean | null | undefined | readonly Fact[] | Facts

/** What a JSON body tells; times are RFC 3339. */
export interface Facts {
  readonly [name: string]: Fact
}

/** Facts beside the verdict go into the body as they are. */
export interface Health extends Facts {
  readonly ok: boolean
}

export interface Exposed {
  readonly metrics: { text(format: MetricsFormat): Promise<MetricsText> }
  /** Is the loop alive? */
  health(): Health
  /** Is the token valid, will it be renewed in time, and do its readers have it? */
  ready(): Health
  /** What `ready` says and more; left out, there is no `/status`. */
  status?(): Health
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** What one request is answered; never throws. */
export async function answerScrape(request: IncomingMessage, exposed: Exposed): Promise<Answer> {
  const page = pages.get(request.url?.split('?')[0] ?? '')
  if (page === undefined || (page === status && !exposed.status)) return plain(404, 'not found')
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'method not allowed')
  try {
    return await page(exposed, request)
  } catch {
    return plain(500, 'internal error')
  }
}

type Page = (exposed: Exposed, request: IncomingMessage) => Answer | Promise<Answer>

const status: Page = (exposed) => verdict(exposed.status?.() ?? exposed.ready())

const pages: ReadonlyMap<string, Page> = new Map<string, Page>([
  [
    '/metrics',
    async ({ metrics }, { headers }) => ({ status: 200, ...(await metrics.text(acceptedFormat(headers.accept))) }),
  ],
  ['/healthz', (exposed) => verdict(exposed.health())],
  ['/readyz', (exposed) => verdict(exposed.ready())],
  ['/status', status],
])

function verdict(health: Health): Answer {
  return { status: health.ok ? 200 : 503, contentType: 'application/json', body: `${JSON.stringify(health)}\n` }
}

function plain(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}
