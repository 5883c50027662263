import type { AlertRule } from './rule.ts'

const [notAfter, due] = [
  'certctl_certificate_not_after_timestamp_seconds',
  'certctl_certificate_renewal_timestamp_seconds',
]

/** About what `issue` and `renew` tell by --metrics-file. */
export function certificateRules(): readonly AlertRule[] {
  return [
    {
      alert: 'CertctlCertificateOverdue',
      // In proportion: certificates of a day and of a year are both given time for a few runs.
      expr: `time() - ${due} > 0.1 * (${notAfter} - ${due})`,
      labels: { severity: 'warning' },
      annotations: {
        summary: 'The certificate {{ $labels.name }} should have been renewed {{ $value | humanizeDuration }} ago',
        description: 'certctl renew does not run, or fails. Run it by hand to see why: certctl renew --all',
      },
    },
    {
      alert: 'CertctlCertificateExpires',
      expr: `${notAfter} - time() < 0.5 * (${notAfter} - ${due})`,
      labels: { severity: 'critical' },
      annotations: {
        summary: 'The certificate {{ $labels.name }} expires in {{ $value | humanizeDuration }}',
        description:
          'Half of the time that renewals had is over. Run it by hand to see what is wrong: certctl renew --all',
      },
    },
    {
      alert: 'CertctlCertificateNotDeployed',
      expr: 'certctl_certificate_deploy_pending == 1',
      // A run of each hour tries again: one failure of a hook is no reason to wake anybody.
      for: '90m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'The certificate {{ $labels.name }} is published, but servers do not use it',
        description:
          'Its hook or probe fails, and each run tries again. certctl status says why; by hand: certctl renew --all',
      },
    },
    {
      alert: 'CertctlIssuanceFails',
      // The file of a run has the counts of that run alone.
      expr: 'certctl_issuance_failures_total > 0',
      for: '90m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'The {{ $labels.issuer_type }} issuer gave no certificate on {{ $labels.instance }}',
        description: 'The error is of the class {{ $labels.error_class }}; standard error of the run has its message.',
      },
    },
  ]
}
