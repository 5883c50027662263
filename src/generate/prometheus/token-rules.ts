import type { AlertFacts, AlertRule } from './rule.ts'

const expiry = 'certctl_vault_token_expiry_timestamp_seconds'
const renewals = 'certctl_vault_token_renewals_total'

/** About the token that `vault keep-alive` keeps alive. */
export function tokenRules({ job }: AlertFacts): readonly AlertRule[] {
  return [
    {
      alert: 'CertctlTokenNearsItsEnd',
      // Renewed in time, a token never has less than half of its TTL; one that a login succeeds, a fifth. What it had
      // within a day stands for the TTL, which differs from token to token.
      expr: `${expiry} - time() < 0.15 * max_over_time((${expiry} - time())[1d:1m])`,
      labels: { severity: 'critical' },
      annotations: {
        summary: 'The Vault token of {{ $labels.issuer }} has {{ $value | humanizeDuration }} to live',
        description:
          'Less than 15 % of its time is left: neither a renewal nor a login has come in time. Look at "cause" in the log of certctl vault keep-alive and at certctl vault token-status; replace the token before its end.',
      },
    },
    {
      alert: 'CertctlTokenEndsSoon',
      // Also for a token that is not renewable; not while a login is to succeed it. What was warned of has its end known.
      expr: 'certctl_vault_token_end_timestamp_seconds - time() and certctl_vault_token_ends_soon == 1',
      labels: { severity: 'critical' },
      annotations: {
        summary: 'The Vault token of {{ $labels.issuer }} ends in {{ $value | humanizeDuration }}, renewed or not',
        description:
          'certctl vault token-status says why. Replace it by one that lasts, such as a periodic one; keep-alive takes over what is written to its token file.',
      },
    },
    {
      alert: 'CertctlTokenNotHandedOn',
      // A sink is tried again for as long as it fails.
      expr: 'certctl_vault_token_sinks_behind > 0',
      for: '5m',
      labels: { severity: 'critical' },
      annotations: {
        summary: 'The Vault token of {{ $labels.issuer }} is not in {{ $value }} of its sinks',
        description:
          'Who reads it there has none, or the one before, which ends. The log of certctl vault keep-alive has the path and, as "cause", why it cannot be written.',
      },
    },
    {
      alert: 'CertctlTokenRenewalsFail',
      // Attempts are at most 5 minutes apart, so a window of 10 minutes has one in it for as long as they fail.
      expr: `increase(${renewals}{result="failure"}[10m]) > 0`,
      for: '15m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Renewing a Vault token has failed for a quarter of an hour on {{ $labels.instance }}',
        description:
          'Look at "cause" in the log of certctl vault keep-alive. It goes on trying until the token has expired.',
      },
    },
    {
      alert: 'CertctlTokenRenewalOverdue',
      expr: 'time() - certctl_vault_token_next_renewal_timestamp_seconds > 300',
      labels: { severity: 'critical' },
      annotations: {
        summary: 'The Vault token of {{ $labels.issuer }} should have been renewed {{ $value | humanizeDuration }} ago',
        description:
          'The loop does not turn: certctl vault keep-alive, or its host, is stopped or hangs. Start it again.',
      },
    },
    {
      alert: 'CertctlTargetDown',
      expr: `up{job="${job}"} == 0`,
      for: '5m',
      labels: { severity: 'critical' },
      annotations: {
        summary: 'certctl vault keep-alive on {{ $labels.instance }} cannot be scraped',
        description:
          'It does not run, or ended: with status 4 when the token is dead or not renewable. Its log has the reason.',
      },
    },
    {
      alert: 'CertctlKeepAliveGone',
      // Where nothing but runs is watched over, there never was one.
      expr: `absent(${renewals}) and count(count_over_time(${renewals}[1w])) > 0`,
      for: '5m',
      labels: { severity: 'critical' },
      annotations: {
        summary: 'Nobody keeps a Vault token alive any more',
        description: `There is no target of the job "${job}" any more, or none that answers, and there was one within a week.`,
      },
    },
  ]
}
