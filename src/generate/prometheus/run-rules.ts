import type { AlertFacts, AlertRule } from './rule.ts'

/** Without `issue`, which is for the first time: what it issued `renew` goes on with. */
const [lastRun, lastSuccess] = [
  'certctl_last_run_timestamp_seconds{command!="issue"}',
  'certctl_last_success_timestamp_seconds{command!="issue"}',
]

/** About commands that run and end, under a timer or cron: whether they still do, and succeed. */
export function runRules({ successWithin }: AlertFacts): readonly AlertRule[] {
  const seconds = Math.round(successWithin.seconds)
  const isStopped = `time() - ${lastRun} > ${seconds}`
  // What never succeeded has no time of it: then the first failure that is remembered counts.
  const since = `(${lastSuccess} or min_over_time(${lastRun}[${2 * seconds}s]))`
  return [
    {
      alert: 'CertctlRunsStopped',
      expr: isStopped,
      labels: { severity: 'warning' },
      annotations: {
        summary: 'certctl {{ $labels.command }} on {{ $labels.instance }} last ran {{ $value | humanizeDuration }} ago',
        description:
          'Its timer or cron starts it no more, or it cannot leave its metrics. Look at systemctl list-timers certctl-renew.timer, or the log of cron; then run it by hand.',
      },
    },
    {
      alert: 'CertctlRunsFail',
      expr: `time() - ${since} > ${seconds} unless ${isStopped}`,
      labels: { severity: 'warning' },
      annotations: {
        summary:
          'certctl {{ $labels.command }} on {{ $labels.instance }} has not succeeded for {{ $value | humanizeDuration }}',
        description:
          'It runs, and fails each time, if only for one certificate. What it writes to standard error is in the journal, or mailed by cron.',
      },
    },
  ]
}
