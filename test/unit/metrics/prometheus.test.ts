import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { PrometheusMetrics } from '../../../src/metrics/prometheus.ts'

const build = { version: '1.2.3', nodeVersion: 'v20.1.0' }

async function series(metrics: PrometheusMetrics): Promise<string[]> {
  const { body } = await metrics.text('prometheus')
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

describe('the series of a token', () => {
  it('has all three results of a renewal before anything happened, and nothing else', async () => {
    expect(await series(new PrometheusMetrics({ families: 'token' }))).toEqual([
      'certctl_vault_token_renewals_total{result="success"} 0',
      'certctl_vault_token_renewals_total{result="failure"} 0',
      'certctl_vault_token_renewals_total{result="not_renewable"} 0',
    ])
  })

  it('counts each result by itself', async () => {
    const metrics = new PrometheusMetrics({ families: 'token' })
    metrics.countTokenRenewal('success')
    metrics.countTokenRenewal('failure')
    metrics.countTokenRenewal('failure')
    expect(await series(metrics)).toEqual([
      'certctl_vault_token_renewals_total{result="success"} 1',
      'certctl_vault_token_renewals_total{result="failure"} 2',
      'certctl_vault_token_renewals_total{result="not_renewable"} 0',
    ])
  })

  it('shows the times of each issuer in seconds, and whether its token is renewable', async () => {
    const metrics = new PrometheusMetrics({ families: 'token' })
    metrics.setTokenState('prod', {
      expiresAt: new Date(3_600_500),
      renewable: true,
      nextRenewalAt: new Date(1_800_000),
    })
    metrics.setTokenState('lab', { expiresAt: new Date(60_000), renewable: false, nextRenewalAt: null })
    metrics.setLastTokenRenewal('prod', new Date(1000))
    expect((await series(metrics)).slice(3)).toEqual([
      'certctl_vault_token_expiry_timestamp_seconds{issuer="prod"} 3600.5',
      'certctl_vault_token_expiry_timestamp_seconds{issuer="lab"} 60',
      'certctl_vault_token_last_renewal_timestamp_seconds{issuer="prod"} 1',
      'certctl_vault_token_next_renewal_timestamp_seconds{issuer="prod"} 1800',
      'certctl_vault_token_renewable{issuer="prod"} 1',
      'certctl_vault_token_renewable{issuer="lab"} 0',
    ])
  })

  it('shows the end of each, while one is known, and whether it was warned of', async () => {
    const metrics = new PrometheusMetrics({ families: 'token' })
    metrics.setTokenEnd('prod', { endsAt: new Date(60_000), endsSoon: true })
    metrics.setTokenEnd('lab', { endsAt: null, endsSoon: false })
    expect((await series(metrics)).slice(3)).toEqual([
      'certctl_vault_token_end_timestamp_seconds{issuer="prod"} 60',
      'certctl_vault_token_ends_soon{issuer="prod"} 1',
      'certctl_vault_token_ends_soon{issuer="lab"} 0',
    ])
    metrics.setTokenEnd('prod', { endsAt: null, endsSoon: false })
    expect((await series(metrics)).slice(3)).toEqual([
      'certctl_vault_token_ends_soon{issuer="prod"} 0',
      'certctl_vault_token_ends_soon{issuer="lab"} 0',
    ])
  })

  it('shows how many sinks are behind', async () => {
    const metrics = new PrometheusMetrics({ families: 'token' })
    metrics.setSinksBehind('prod', 2)
    expect((await series(metrics)).slice(3)).toEqual(['certctl_vault_token_sinks_behind{issuer="prod"} 2'])
  })

  it('takes expiry and next renewal away when they are no longer known', async () => {
    const metrics = new PrometheusMetrics({ families: 'token' })
    metrics.setTokenState('prod', { expiresAt: new Date(60_000), renewable: true, nextRenewalAt: new Date(30_000) })
    metrics.setTokenState('prod', { expiresAt: null, renewable: false, nextRenewalAt: null })
    const { body } = await metrics.text('prometheus')
    expect(body).toContain('certctl_vault_token_renewable{issuer="prod"} 0')
    expect(body).not.toContain('expiry')
    expect(body).not.toContain('next_renewal')
  })

  it('says what runs only when it was told', async () => {
    expect(await series(new PrometheusMetrics({ families: 'token', build }))).toContain(
      'certctl_build_info{version="1.2.3",node_version="v20.1.0"} 1',
    )
  })

  it('drops what is told of certificates', async () => {
    const metrics = new PrometheusMetrics({ families: 'token' })
    metrics.countIssuance('vault', Duration.ofSeconds(1))
    metrics.setCertificate('a.example.com', new Date(0), new Date(0))
    expect(await series(metrics)).toHaveLength(3)
  })

  it('shares nothing between two instances', async () => {
    new PrometheusMetrics({ families: 'token' }).countTokenRenewal('success')
    expect((await series(new PrometheusMetrics({ families: 'token' })))[0]).toMatch(/ 0$/)
  })
})

describe('the series of an issuance', () => {
  it('has none before anything was issued', async () => {
    const { body } = await new PrometheusMetrics({ families: 'issuance' }).text('prometheus')
    expect(body).toBe('')
  })

  it('counts outcome, duration and class of error', async () => {
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    metrics.countIssuance('vault', Duration.ofMilliseconds(200))
    metrics.countIssuance('vault', Duration.ofSeconds(45), 'timeout')
    const lines = await series(metrics)
    expect(lines.filter((line) => !line.includes('_bucket'))).toEqual([
      'certctl_issuance_total{issuer_type="vault",outcome="success"} 1',
      'certctl_issuance_total{issuer_type="vault",outcome="failure"} 1',
      'certctl_issuance_duration_seconds_sum{issuer_type="vault"} 45.2',
      'certctl_issuance_duration_seconds_count{issuer_type="vault"} 2',
      'certctl_issuance_failures_total{issuer_type="vault",error_class="timeout"} 1',
    ])
    const buckets = lines.flatMap((line) => /_bucket\{le="([^"]+)".* (\d+)$/.exec(line)?.slice(1).join(':') ?? [])
    expect(buckets.join(' ')).toBe('0.05:0 0.1:0 0.25:1 0.5:1 1:1 2.5:1 5:1 10:1 30:1 60:2 120:2 +Inf:2')
  })

  it('shows when a certificate ends and when it is due', async () => {
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    metrics.setCertificate('a.example.com', new Date(9000), new Date(6000))
    metrics.countTokenRenewal('success')
    metrics.setTokenState('prod', { expiresAt: null, renewable: true, nextRenewalAt: null })
    expect(await series(metrics)).toEqual([
      'certctl_certificate_not_after_timestamp_seconds{name="a.example.com"} 9',
      'certctl_certificate_renewal_timestamp_seconds{name="a.example.com"} 6',
    ])
  })
})

describe('the series of runs', () => {
  it('has when each command ran last, and when it succeeded last', async () => {
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    metrics.endRun('renew', new Date(5500), true)
    expect(await series(metrics)).toEqual([
      'certctl_last_run_timestamp_seconds{command="renew"} 5.5',
      'certctl_last_success_timestamp_seconds{command="renew"} 5.5',
    ])
  })

  it('says nothing of the last success when there was none', async () => {
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    metrics.endRun('issue', new Date(1000), false)
    expect(await series(metrics)).toEqual(['certctl_last_run_timestamp_seconds{command="issue"} 1'])
  })
})

describe('the two formats', () => {
  it('names the counter family without _total in OpenMetrics, and ends with EOF', async () => {
    const { contentType, body } = await new PrometheusMetrics({ families: 'token' }).text('openmetrics')
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(body).toBe(
      [
        '# HELP certctl_vault_token_renewals Attempts to renew a Vault token, by what came of them',
        '# TYPE certctl_vault_token_renewals counter',
        'certctl_vault_token_renewals_total{result="success"} 0',
        'certctl_vault_token_renewals_total{result="failure"} 0',
        'certctl_vault_token_renewals_total{result="not_renewable"} 0',
        '# EOF',
        '',
      ].join('\n'),
    )
  })

  it('keeps the whole name in the Prometheus text, also while OpenMetrics is asked for', async () => {
    const metrics = new PrometheusMetrics({ families: 'token' })
    const [open, text, again] = await Promise.all([
      metrics.text('openmetrics'),
      metrics.text('prometheus'),
      metrics.text('openmetrics'),
    ])
    expect(text.contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text.body).toContain('# TYPE certctl_vault_token_renewals_total counter\n')
    expect(again).toEqual(open)
  })

  it('writes the bounds of buckets as floats in OpenMetrics', async () => {
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    metrics.countIssuance('local', Duration.zero)
    const { body } = await metrics.text('openmetrics')
    const bounds = [...body.matchAll(/le="([^"]+)"/g)].map(([, bound]) => bound)
    expect(bounds.join(' ')).toBe('0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 30.0 60.0 120.0 +Inf')
  })

  it('is only the end mark in OpenMetrics when there is nothing to show', async () => {
    expect((await new PrometheusMetrics({ families: 'issuance' }).text('openmetrics')).body).toBe('# EOF\n')
  })

  it('escapes what a certificate is named', async () => {
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    metrics.setCertificate('a"b\\c\nd', new Date(0), new Date(0))
    expect((await series(metrics))[0]).toBe(
      String.raw`certctl_certificate_not_after_timestamp_seconds{name="a\"b\\c\\nd"} 0`,
    )
  })
  it('shows no control character of a name, since the text may go to a terminal', async () => {
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    metrics.setCertificate('a\u001b[2J\u009bb', new Date(0), new Date(0))
    metrics.setDeployPending('a\u001b[2J\u009bb', true)
    const { body } = await metrics.text('prometheus')
    expect(body).not.toMatch(/[\u001b\u009b]/)
    expect(body.split(String.raw`{name="a\\u{1b}[2J\\u{9b}b"}`)).toHaveLength(4)
  })
})
