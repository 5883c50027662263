import { Counter, Registry, type Gauge, type Histogram, type RegistryContentType } from 'prom-client'

export type MetricsFormat = 'prometheus' | 'openmetrics'

export interface MetricsText {
  readonly contentType: string
  readonly body: string
}

export type Family = Counter | Gauge | Histogram

const contentTypes = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
}

/** The families that hold a value; one that holds none is left out whole. */
export async function renderMetrics(families: readonly Family[], format: MetricsFormat): Promise<MetricsText> {
  const contentType = contentTypes[format]
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(contentType)
  for (const family of families) await register(family, registry, format)
  const body = (await registry.metrics()).replace(/^\n/, '')
  return { contentType, body: format === 'openmetrics' ? withCanonicalBounds(body) : body }
}

async function register(family: Family, registry: Registry<RegistryContentType>, format: MetricsFormat): Promise<void> {
  const { values, name, help } = await family.get()
  const [first] = values
  if (first === undefined) return
  if (format === 'prometheus' || !(family instanceof Counter)) {
    registry.registerMetric(family)
    return
  }
  // An OpenMetrics registry takes `_total` off the counter's own name for good, so it gets a copy.
  const copy = new Counter({ name, help, labelNames: Object.keys(first.labels), registers: [registry] })
  for (const { labels, value } of values) copy.inc(labels, value)
}

/** OpenMetrics 1.0 writes the bounds of buckets as floats: `le="1.0"`. */
function withCanonicalBounds(body: string): string {
  return body.replace(/^(\w+_bucket\{le="\d+)"/gm, '$1.0"')
}
