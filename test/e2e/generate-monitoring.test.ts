import { parse, stringify } from 'yaml'
import { beforeAll, describe, expect } from 'vitest'
import { ask } from '../support/outside-tool.ts'
import { emittedSeries, groupingsOf, selectorsOf, type Series } from './support/exposition.ts'
import { Scene, test } from './support/scene.ts'

const bare = { env: { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined } }

interface Rule {
  readonly alert: string
  readonly expr: string
}

interface Panel {
  readonly title: string
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}

let emitted: readonly Series[] = []

beforeAll(async () => {
  const scene = await Scene.create()
  emitted = await emittedSeries(scene)
  await scene.end()
})

async function alertRules(scene: Scene, args: readonly string[] = []): Promise<readonly Rule[]> {
  const { stdout } = await scene.run(['generate', 'alerts', ...args], bare)
  await scene.write('certctl.rules.yml', stdout)
  const { groups } = parse(stdout) as { groups: { rules: Rule[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

async function dashboard(scene: Scene): Promise<{ panels: Panel[]; templating: { list: { definition?: string }[] } }> {
  const { stdout } = await scene.run(['generate', 'dashboard'], bare)
  return JSON.parse(stdout) as Awaited<ReturnType<typeof dashboard>>
}

/** What Grafana puts in the place of its variables. */
const inGrafana = (expr: string): string => expr.replaceAll('$issuer', '.*')

function expectEmitted(query: string, all: readonly Series[]): void {
  const labels = new Set(all.flatMap((series) => Object.keys(series.labels)))
  for (const selector of selectorsOf(query)) {
    const found = all.filter(({ name }) => name === selector.name)
    expect(found, `${selector.name} of: ${query}`).not.toEqual([])
    for (const label of selector.labels) expect(Object.keys(found[0]!.labels), query).toContain(label)
  }
  for (const label of groupingsOf(query)) expect([...labels], query).toContain(label)
}

describe.concurrent('what the program emits', () => {
  test('has every series and label that the rules and the dashboard name', async ({ scene }) => {
    const { panels, templating } = await dashboard(scene)
    const queries = [
      ...(await alertRules(scene)).map(({ expr }) => expr),
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => inGrafana(expr))),
      ...templating.list.flatMap(({ definition }) => definition ?? []),
    ]
    expect(queries.filter((query) => selectorsOf(query).length === 0)).toEqual(['up{job="certctl"} == 0'])
    for (const query of queries) expectEmitted(query, emitted)
  })

  test('is all to be seen in the dashboard', async ({ scene }) => {
    const { panels } = await dashboard(scene)
    const shown = new Set(
      panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => selectorsOf(expr))).map(({ name }) => name),
    )
    const names = new Set(emitted.map(({ name }) => name))
    expect([...names].filter((name) => !shown.has(name) && !name.endsWith('_bucket'))).toEqual([])
  })

  test('answers every query of the dashboard with something', async ({ scene, skip }) => {
    const { panels } = await dashboard(scene)
    const targets = panels.flatMap((panel) => panel.targets)
    await alertRules(scene)
    await scene.write(
      'panels.rules.yml',
      stringify({
        groups: [
          {
            name: 'panels',
            rules: targets.map(({ expr }, index) => ({ record: `panel:${index}`, expr: inGrafana(expr) })),
          },
        ],
      }),
    )
    expect(await ask('promtool', ['check', 'rules', 'panels.rules.yml'], { cwd: scene.path(), skip })).toMatchObject({
      status: 0,
    })
    const input_series = emitted.map((series) => ({ series: written(series), values: '1+1x90' }))
    const promql_expr_test = targets.map((_, index) => ({
      expr: `count(panel:${index}) > bool 0`,
      eval_time: '80m',
      exp_samples: [{ labels: '{}', value: 1 }],
    }))
    const tests = { rule_files: ['panels.rules.yml'], tests: [{ interval: '1m', input_series, promql_expr_test }] }
    await scene.write('tests.yml', stringify(tests))
    const { status, output } = await ask('promtool', ['test', 'rules', 'tests.yml'], { cwd: scene.path(), skip })
    expect(status, output).toBe(0)
  })
})

describe.concurrent('the dashboard', () => {
  test('has no panel over another, and fills its width', async ({ scene }) => {
    const { panels } = await dashboard(scene)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    )
    const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h))
    const all = Array.from({ length: 24 * height }, (_, at) => `${at % 24},${Math.floor(at / 24)}`)
    expect(cells.sort()).toEqual(all.sort())
  })

  test('names in a legend only labels that the query leaves', async ({ scene }) => {
    for (const { expr, legendFormat } of (await dashboard(scene)).panels.flatMap(({ targets }) => targets)) {
      const [selector] = selectorsOf(expr)
      const grouped = groupingsOf(expr)
      const left =
        grouped.length > 0 ? grouped : Object.keys(emitted.find(({ name }) => name === selector?.name)!.labels)
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(left, expr).toContain(label)
    }
  })
})

function written({ name, labels }: Series): string {
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(',')}}`
}

/** A night, minute by minute: what the series say, and which alerts there are at which minute. */
interface Night {
  readonly title: string
  /** For `generate alerts`. */
  readonly args?: readonly string[]
  /** By series, in promtool's notation. */
  readonly values: Readonly<Record<string, string>>
  /** By minute, the alerts that fire; all others must not. */
  readonly alerts: Readonly<Record<number, readonly string[]>>
}

/** Seconds since the epoch at a minute, as promtool's clock has it. */
const at = (minute: number): number => minute * 60
const constant = (value: number): string => `${value}x1500`
/** A token of an hour, renewed each half hour up to a minute. */
const renewedUntil = (minute: number): string => {
  const grants = Array.from({ length: 1500 }, (_, now) => at(Math.floor(Math.min(now, minute) / 30) * 30 + 60))
  return grants.join(' ')
}

/** Each hour up to a minute, and again from another on. */
const hourlyUntil = (minute: number, again = Infinity): string =>
  Array.from({ length: 1500 }, (_, now) => at(Math.floor((now < again ? Math.min(now, minute) : now) / 60) * 60)).join(
    ' ',
  )
const lastRun = (command: string): string => `certctl_last_run_timestamp_seconds{command="${command}"}`
const lastSuccess = (command: string): string => `certctl_last_success_timestamp_seconds{command="${command}"}`

const healthy = {
  'certctl_vault_token_renewals_total{result="success"}': '0+1x1500',
  'certctl_vault_token_renewals_total{result="failure"}': constant(0),
  'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': renewedUntil(1500),
  'certctl_vault_token_next_renewal_timestamp_seconds{issuer="vault"}': '1800+60x1500',
  'certctl_vault_token_renewable{issuer="vault"}': constant(1),
  'certctl_vault_token_ends_soon{issuer="vault"}': constant(0),
  'certctl_vault_token_sinks_behind{issuer="vault"}': constant(0),
  'up{job="certctl"}': constant(1),
  'certctl_certificate_not_after_timestamp_seconds{name="web"}': constant(at(24 * 60)),
  'certctl_certificate_renewal_timestamp_seconds{name="web"}': constant(at(23 * 60)),
  'certctl_certificate_deploy_pending{name="web"}': constant(0),
  [lastRun('renew')]: hourlyUntil(1500),
  [lastSuccess('renew')]: hourlyUntil(1500),
  [lastRun('issue')]: constant(0),
  [lastSuccess('issue')]: constant(0),
}

const nights: readonly Night[] = [
  { title: 'nothing is wrong', values: {}, alerts: { 1: [], 700: [], 1300: [] } },
  {
    title: 'the server is away for ten minutes',
    values: { 'certctl_vault_token_renewals_total{result="failure"}': '0x100 1+1x4 5x1400' },
    alerts: { 105: [], 110: [], 115: [] },
  },
  {
    title: 'the server stays away',
    values: {
      'certctl_vault_token_renewals_total{result="failure"}': '0x120 1 1 1+1x1380',
      'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': renewedUntil(119),
    },
    alerts: {
      134: [],
      137: ['CertctlTokenRenewalsFail'],
      141: ['CertctlTokenRenewalsFail'],
      // Less than 15 % are left of the hour that it had at minute 90.
      142: ['CertctlTokenNearsItsEnd', 'CertctlTokenRenewalsFail'],
    },
  },
  {
    title: 'the loop hangs',
    values: { 'certctl_vault_token_next_renewal_timestamp_seconds{issuer="vault"}': constant(at(60)) },
    alerts: { 60: [], 65: [], 66: ['CertctlTokenRenewalOverdue'] },
  },
  {
    title: 'the token turns out not to be renewable',
    values: {
      'certctl_vault_token_renewable{issuer="vault"}': '1x60 0x1500',
      'certctl_vault_token_next_renewal_timestamp_seconds{issuer="vault"}': '7200x60 stale',
      'certctl_vault_token_end_timestamp_seconds{issuer="vault"}': '_x60 7200x1500',
      'certctl_vault_token_ends_soon{issuer="vault"}': '0x60 1x1500',
    },
    alerts: { 60: [], 62: ['CertctlTokenEndsSoon'] },
  },
  {
    title: 'the end of a token is known, is warned of, and is over with the next token',
    values: {
      'certctl_vault_token_end_timestamp_seconds{issuer="vault"}': `${at(600)}x550 _x1500`,
      'certctl_vault_token_ends_soon{issuer="vault"}': '0x400 1x149 0x1500',
    },
    alerts: { 400: [], 401: ['CertctlTokenEndsSoon'], 550: ['CertctlTokenEndsSoon'], 560: [] },
  },
  {
    title: 'a sink cannot be written for a while',
    values: { 'certctl_vault_token_sinks_behind{issuer="vault"}': '0x60 1x30 0x1400' },
    alerts: { 61: [], 64: [], 67: ['CertctlTokenNotHandedOn'], 91: ['CertctlTokenNotHandedOn'], 93: [] },
  },
  {
    title: 'a token is revoked that had no end',
    values: {
      'certctl_vault_token_renewable{issuer="vault"}': '1x60 0x1500',
      'certctl_vault_token_next_renewal_timestamp_seconds{issuer="vault"}': '7200x60 stale',
      'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': `7200x60 ${at(61)}x1500`,
    },
    alerts: { 60: [], 62: ['CertctlTokenNearsItsEnd'], 1300: ['CertctlTokenNearsItsEnd'] },
  },
  {
    title: 'tokens that cannot be renewed succeed each other, the next with a fifth of the time left',
    values: {
      'certctl_vault_token_renewable{issuer="vault"}': constant(0),
      'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': Array.from({ length: 1500 }, (_, now) =>
        at(Math.floor(now / 48) * 48 + 60),
      ).join(' '),
    },
    alerts: { 47: [], 95: [], 143: [] },
  },
  {
    title: 'keep-alive ends, and its series with it',
    values: {
      'certctl_vault_token_renewals_total{result="success"}': '0+1x60 stale',
      'certctl_vault_token_renewals_total{result="failure"}': '0x60 stale',
      'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': '7200x60 stale',
      'certctl_vault_token_next_renewal_timestamp_seconds{issuer="vault"}': '7200x60 stale',
      'certctl_vault_token_renewable{issuer="vault"}': '1x60 stale',
      'up{job="certctl"}': '1x60 0x1500',
    },
    alerts: {
      60: [],
      64: [],
      70: ['CertctlKeepAliveGone', 'CertctlTargetDown'],
      1300: ['CertctlKeepAliveGone', 'CertctlTargetDown'],
    },
  },
  {
    title: 'there never was a keep-alive, only runs',
    values: Object.fromEntries(
      Object.keys(healthy)
        .filter((series) => series.startsWith('certctl_vault_token_') || series.startsWith('up'))
        .map((series) => [series, '_x1500']),
    ),
    alerts: { 10: [], 100: [], 1300: [] },
  },
  {
    title: 'a root token never expires',
    values: {
      'certctl_vault_token_expiry_timestamp_seconds{issuer="vault"}': '_x1500',
      'certctl_vault_token_next_renewal_timestamp_seconds{issuer="vault"}': '_x1500',
      'certctl_vault_token_renewable{issuer="vault"}': constant(0),
    },
    alerts: { 100: [] },
  },
  {
    title: 'a certificate is not renewed',
    values: {
      'certctl_certificate_not_after_timestamp_seconds{name="web"}': constant(at(600)),
      'certctl_certificate_renewal_timestamp_seconds{name="web"}': constant(at(400)),
    },
    alerts: {
      400: [],
      420: [],
      421: ['CertctlCertificateOverdue'],
      501: ['CertctlCertificateExpires', 'CertctlCertificateOverdue'],
      700: ['CertctlCertificateExpires', 'CertctlCertificateOverdue'],
    },
  },
  {
    title: 'a hook fails, and the next run mends it',
    values: { 'certctl_certificate_deploy_pending{name="web"}': '0x60 1x59 0x1400' },
    alerts: { 61: [], 119: [], 160: [] },
  },
  {
    title: 'a hook fails in each run',
    values: { 'certctl_certificate_deploy_pending{name="web"}': '0x60 1x1400' },
    alerts: { 61: [], 150: [], 152: ['CertctlCertificateNotDeployed'], 1300: ['CertctlCertificateNotDeployed'] },
  },
  {
    title: 'the issuer refuses',
    values: { 'certctl_issuance_failures_total{issuer_type="vault",error_class="auth"}': '_x9 1x1500' },
    alerts: { 60: [], 101: ['CertctlIssuanceFails'] },
  },
  {
    title: 'renew fails each time',
    values: { [lastSuccess('renew')]: hourlyUntil(120) },
    alerts: { 360: [], 361: ['CertctlRunsFail'], 1300: ['CertctlRunsFail'] },
  },
  {
    title: 'renew fails from the first time on',
    values: { [lastSuccess('renew')]: '_x1500' },
    alerts: { 240: [], 241: ['CertctlRunsFail'], 1300: ['CertctlRunsFail'] },
  },
  {
    title: 'renew fails three times in a row',
    values: { [lastSuccess('renew')]: hourlyUntil(120, 360) },
    alerts: { 359: [], 361: [], 1300: [] },
  },
  {
    title: 'keep-alive --once, which is to succeed twice a day, is not run any more',
    args: ['--success-within', '12h'],
    values: { [lastRun('vault keep-alive')]: constant(0), [lastSuccess('vault keep-alive')]: constant(0) },
    alerts: { 720: [], 721: ['CertctlRunsStopped'], 1300: ['CertctlRunsStopped'] },
  },
  {
    title: 'renew fails, and then is not run any more',
    values: { [lastSuccess('renew')]: hourlyUntil(120), [lastRun('renew')]: hourlyUntil(480) },
    alerts: { 361: ['CertctlRunsFail'], 720: ['CertctlRunsFail'], 721: ['CertctlRunsStopped'] },
  },
]

describe.concurrent('the alerts', () => {
  test('are not for runs that succeed more often than Prometheus looks', async ({ scene }) => {
    const { code, stderr } = await scene.run(['generate', 'alerts', '--success-within', '30s'], bare)
    expect(code).toBe(2)
    expect(stderr).toContain('--success-within 30s is less than a minute')
  })

  test('are for series that the nights below are about, and each comes in one', async ({ scene }) => {
    const rules = await alertRules(scene)
    const fired = new Set(nights.flatMap(({ alerts }) => Object.values(alerts).flat()))
    expect([...fired].sort()).toEqual(rules.map(({ alert }) => alert).sort())
    const names = new Set(emitted.map(({ name }) => name))
    const told = nights
      .flatMap(({ values }) => Object.keys({ ...healthy, ...values }))
      .map((series) => series.split('{')[0]!)
    expect(told.filter((name) => !names.has(name))).toEqual(told.filter((name) => name === 'up'))
  })

  test.for(nights)('are those that should be when $title', async ({ args, values, alerts }, { scene, skip }) => {
    const rules = await alertRules(scene, args)
    expect(await ask('promtool', ['check', 'rules', 'certctl.rules.yml'], { cwd: scene.path(), skip })).toMatchObject({
      status: 0,
    })
    const input_series = Object.entries({ ...healthy, ...values }).map(([series, text]) => ({ series, values: text }))
    const promql_expr_test = Object.entries(alerts).flatMap(([minute, firing]) =>
      rules.map(({ alert }) => ({
        expr: `count(ALERTS{alertstate="firing",alertname="${alert}"}) or vector(0)`,
        eval_time: `${minute}m`,
        exp_samples: [{ labels: '{}', value: firing.includes(alert) ? 1 : 0 }],
      })),
    )
    const tests = {
      rule_files: ['certctl.rules.yml'],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series, promql_expr_test }],
    }
    await scene.write('tests.yml', stringify(tests, { aliasDuplicateObjects: false }))
    const { status, output } = await ask('promtool', ['test', 'rules', 'tests.yml'], { cwd: scene.path(), skip })
    expect(status, output).toBe(0)
  })
})
