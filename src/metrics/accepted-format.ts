import type { MetricsFormat } from './metrics-text.ts'

/** The format that an Accept header asks for (RFC 9110, 12.5.1): OpenMetrics 1.0 only where it is named and not liked less. */
export function acceptedFormat(accept: string | undefined): MetricsFormat {
  const ranges = (accept ?? '').split(',').map(parseRange)
  const openMetrics = qualityOf(ranges.filter(isOpenMetrics))
  const text = qualityOf(ranges.filter(({ type }) => type === 'text/plain'))
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'prometheus'
}

interface MediaRange {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  return { type, parameters: new Map(parameters.map(parseParameter)) }
}

function parseParameter(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=')
  return [name.trim(), value.trim().replaceAll('"', '')]
}

function isOpenMetrics({ type, parameters }: MediaRange): boolean {
  return type === 'application/openmetrics-text' && (parameters.get('version') ?? '1.0.0') === '1.0.0'
}

function qualityOf(ranges: readonly MediaRange[]): number {
  const qualities = ranges.map(({ parameters }) => Number(parameters.get('q') ?? 1)).filter(Number.isFinite)
  return Math.max(0, ...qualities)
}
