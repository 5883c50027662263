import type { PanelFacts } from './panel.ts'

const half = { width: 12, height: 8 }
const third = { width: 8, height: 6 }
const flat = { width: 12, height: 4 }
const flatThird = { width: 8, height: 4 }

const tokenPanels: readonly PanelFacts[] = [
  {
    ...half,
    title: 'Token lives for',
    description: 'How long the Vault token lives unless it is renewed: a saw that should never fall below its half.',
    type: 'timeseries',
    unit: 's',
    queries: [
      { expr: 'certctl_vault_token_expiry_timestamp_seconds{issuer=~"$issuer"} - time()', legend: '{{issuer}}' },
    ],
  },
  {
    ...half,
    title: 'Renewals of the token',
    description: 'Attempts an hour, by what came of them.',
    type: 'timeseries',
    unit: 'short',
    queries: [{ expr: 'sum by (result) (increase(certctl_vault_token_renewals_total[1h]))', legend: '{{result}}' }],
  },
  {
    ...third,
    title: 'Since the last renewal',
    description: 'Time since the Vault token was last renewed.',
    type: 'stat',
    unit: 's',
    queries: [
      {
        expr: 'time() - certctl_vault_token_last_renewal_timestamp_seconds{issuer=~"$issuer"}',
        legend: '{{issuer}}',
        isInstant: true,
      },
    ],
  },
  {
    ...third,
    title: 'Until the next renewal',
    description: 'Below zero it is overdue: the loop does not turn.',
    type: 'stat',
    unit: 's',
    thresholds: [-300, 0],
    queries: [
      {
        expr: 'certctl_vault_token_next_renewal_timestamp_seconds{issuer=~"$issuer"} - time()',
        legend: '{{issuer}}',
        isInstant: true,
      },
    ],
  },
  {
    ...third,
    title: 'Until its end',
    description: 'How long the Vault token lives however it is renewed; nothing where no end is known.',
    type: 'stat',
    unit: 's',
    queries: [
      {
        expr: 'certctl_vault_token_end_timestamp_seconds{issuer=~"$issuer"} - time()',
        legend: '{{issuer}}',
        isInstant: true,
      },
    ],
  },
  {
    ...flatThird,
    title: 'Token can be renewed',
    description: '1 while Vault says so.',
    type: 'stat',
    unit: 'short',
    thresholds: [0.5, 1],
    queries: [{ expr: 'certctl_vault_token_renewable{issuer=~"$issuer"}', legend: '{{issuer}}', isInstant: true }],
  },
  {
    ...flatThird,
    title: 'Token ends soon',
    description: '1 once it was warned of an end that renewal cannot move, while no login has replaced the token.',
    type: 'stat',
    unit: 'short',
    queries: [{ expr: 'certctl_vault_token_ends_soon{issuer=~"$issuer"}', legend: '{{issuer}}', isInstant: true }],
  },
  {
    ...flatThird,
    title: 'Sinks without the newest token',
    description: 'Above zero, other programs read no token or one that ends.',
    type: 'stat',
    unit: 'short',
    queries: [{ expr: 'certctl_vault_token_sinks_behind{issuer=~"$issuer"}', legend: '{{issuer}}', isInstant: true }],
  },
]

const certificatePanels: readonly PanelFacts[] = [
  {
    ...half,
    title: 'Certificates by days left',
    description: 'The next to expire come first.',
    type: 'bargauge',
    unit: 'd',
    thresholds: [7, 21],
    queries: [
      {
        expr: 'sort((certctl_certificate_not_after_timestamp_seconds - time()) / 86400)',
        legend: '{{name}}',
        isInstant: true,
      },
    ],
  },
  {
    ...half,
    title: 'Days until renewal',
    description: 'Below zero a certificate is due, or overdue.',
    type: 'bargauge',
    unit: 'd',
    thresholds: [-1, 0],
    queries: [
      {
        expr: 'sort((certctl_certificate_renewal_timestamp_seconds - time()) / 86400)',
        legend: '{{name}}',
        isInstant: true,
      },
    ],
  },
  {
    ...third,
    title: 'Certificates asked for',
    description: 'In the last run of each host, by what came of it.',
    type: 'timeseries',
    unit: 'short',
    queries: [
      { expr: 'sum by (issuer_type, outcome) (certctl_issuance_total)', legend: '{{issuer_type}} {{outcome}}' },
    ],
  },
  {
    ...third,
    title: 'Failures by class',
    description: 'In the last run of each host.',
    type: 'timeseries',
    unit: 'short',
    queries: [
      {
        expr: 'sum by (issuer_type, error_class) (certctl_issuance_failures_total)',
        legend: '{{issuer_type}} {{error_class}}',
      },
    ],
  },
  {
    ...third,
    title: 'Time to issue',
    description: 'On average, in the last run of each host.',
    type: 'timeseries',
    unit: 's',
    queries: [
      {
        expr: 'sum by (issuer_type) (certctl_issuance_duration_seconds_sum) / sum by (issuer_type) (certctl_issuance_duration_seconds_count)',
        legend: '{{issuer_type}}',
      },
    ],
  },
  {
    width: 24,
    height: 4,
    title: 'Not deployed',
    description: 'Certificates that are published and that servers do not use: how many, and which.',
    type: 'stat',
    unit: 'short',
    queries: [
      { expr: 'sum(certctl_certificate_deploy_pending)', legend: 'all', isInstant: true },
      { expr: 'certctl_certificate_deploy_pending > 0', legend: '{{name}}', isInstant: true },
    ],
  },
]

const runPanels: readonly PanelFacts[] = [
  {
    ...flat,
    title: 'Since the last run',
    description: 'Time since each command last ran, on the host where that is longest ago.',
    type: 'stat',
    unit: 's',
    queries: [
      {
        expr: 'max by (command) (time() - certctl_last_run_timestamp_seconds)',
        legend: '{{command}}',
        isInstant: true,
      },
    ],
  },
  {
    ...flat,
    title: 'Since the last success',
    description: 'Time since each command last ended without a failure, on the host where that is longest ago.',
    type: 'stat',
    unit: 's',
    queries: [
      {
        expr: 'max by (command) (time() - certctl_last_success_timestamp_seconds)',
        legend: '{{command}}',
        isInstant: true,
      },
    ],
  },
]

const buildPanels: readonly PanelFacts[] = [
  {
    width: 24,
    height: 4,
    title: 'What runs',
    description: 'Version of certctl and of Node.js, and how many there are of each.',
    type: 'stat',
    unit: 'short',
    queries: [
      {
        expr: 'count by (version, node_version) (certctl_build_info)',
        legend: 'certctl {{version}}, Node.js {{node_version}}',
        isInstant: true,
      },
    ],
  },
]

/** In rows: those of one kind fill the 24 columns from left to right. */
export const panels: readonly PanelFacts[] = [...tokenPanels, ...certificatePanels, ...runPanels, ...buildPanels]
