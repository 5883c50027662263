import type { GeneratedFile } from '../generated-file.ts'
import { panel, type PanelFacts, type PlacedPanel } from './panel.ts'
import { panels } from './panels.ts'

const columns = 24

/** A dashboard for Grafana 9 and later, to be imported or provisioned; the data source is a variable. */
export function dashboard(): GeneratedFile {
  const model = {
    uid: 'certctl',
    title: 'certctl',
    description: 'Vault tokens that certctl keeps alive, and certificates that it renews',
    tags: ['certctl', 'certificates', 'vault'],
    schemaVersion: 38,
    editable: true,
    refresh: '1m',
    time: { from: 'now-24h', to: 'now' },
    timezone: 'browser',
    templating: { list: variables },
    annotations: { list: [] },
    panels: placed(panels),
  }
  return { name: 'certctl-dashboard.json', content: `${JSON.stringify(model, null, 2)}\n` }
}

const variables = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
  {
    name: 'issuer',
    label: 'Issuer',
    type: 'query',
    datasource: { type: 'prometheus', uid: '${datasource}' },
    definition: 'label_values(certctl_vault_token_renewable, issuer)',
    query: { query: 'label_values(certctl_vault_token_renewable, issuer)', refId: 'issuer' },
    refresh: 2,
    sort: 1,
    ...{ multi: true, includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } },
  },
]

/** From left to right, in a new row where the width is used up. */
function placed(all: readonly PanelFacts[]): readonly PlacedPanel[] {
  let [x, y, rowHeight] = [0, 0, 0]
  return all.map((facts, index) => {
    if (x + facts.width > columns) [x, y, rowHeight] = [0, y + rowHeight, 0]
    const one = panel(facts, index + 1, { x, y })
    x += facts.width
    rowHeight = Math.max(rowHeight, facts.height)
    return one
  })
}
