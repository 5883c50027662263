/** One query of a panel; its legend may name labels, as `{{issuer}}`. */
export interface Query {
  readonly expr: string
  readonly legend: string
  /** Only the value now, as a table wants it. */
  readonly isInstant?: boolean
}

export interface PanelFacts {
  readonly title: string
  readonly description: string
  readonly type: 'timeseries' | 'stat' | 'bargauge'
  /** As Grafana names it: `s` for a duration, `d` for days. */
  readonly unit: 's' | 'd' | 'short'
  readonly queries: readonly Query[]
  /** Below the first red, below the second yellow, else green. */
  readonly thresholds?: readonly [number, number]
  /** Show the labels of the series, not its value. */
  readonly showsName?: boolean
  /** Of the 24 columns. */
  readonly width: number
  readonly height: number
}

export interface PlacedPanel {
  readonly id: number
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string }[]
}

const datasource = { type: 'prometheus', uid: '${datasource}' }

/** As the JSON model of a dashboard has it. */
export function panel(facts: PanelFacts, id: number, at: { readonly x: number; readonly y: number }): PlacedPanel {
  const { title, description, type, width, height } = facts
  return {
    id,
    ...{ title, description, type, datasource },
    gridPos: { ...at, w: width, h: height },
    targets: facts.queries.map(target),
    ...{ fieldConfig: { defaults: defaults(facts), overrides: [] }, options: options(facts) },
  }
}

function target({ expr, legend, isInstant = false }: Query, index: number): PlacedPanel['targets'][number] {
  const refId = String.fromCharCode('A'.charCodeAt(0) + index)
  const facts = { refId, datasource, expr, legendFormat: legend, instant: isInstant, range: !isInstant }
  return facts
}

function defaults({ unit, thresholds }: PanelFacts): object {
  const [red, yellow] = thresholds ?? []
  const steps =
    red === undefined
      ? [{ color: 'green', value: null }]
      : [
          { color: 'red', value: null },
          { color: 'yellow', value: red },
          { color: 'green', value: yellow },
        ]
  return {
    unit,
    color: { mode: thresholds === undefined ? 'palette-classic' : 'thresholds' },
    thresholds: { mode: 'absolute', steps },
  }
}

function options({ type, showsName = false }: PanelFacts): object {
  if (type === 'timeseries') return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } }
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false }
  if (type === 'bargauge') return { reduceOptions, orientation: 'horizontal', displayMode: 'basic' }
  return { reduceOptions, colorMode: 'value', graphMode: 'none', textMode: showsName ? 'name' : 'value_and_name' }
}
