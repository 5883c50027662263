import { GenerateCommand, outFlags } from '../../cli/generate/generate-command.ts'
import { jobFlag } from '../../cli/generate/job-flag.ts'
import { alertRules } from '../../generate/prometheus/alerts.ts'

export default class GenerateAlerts extends GenerateCommand {
  static override summary = 'Print alerting rules for Prometheus.'
  static override description =
    'They go by what vault keep-alive serves with --metrics-listen, and by what issue and renew write with --metrics-file.'
  static override examples = [
    '<%= config.bin %> generate alerts > /etc/prometheus/rules/certctl.rules.yml',
    '<%= config.bin %> generate alerts --job vault-tokens --out /etc/prometheus/rules',
  ]
  static override flags = {
    ...outFlags,
    job: jobFlag({ description: 'scrape job of keep-alive', default: 'certctl' }),
  }

  async run(): Promise<unknown> {
    const { flags } = await this.parse(GenerateAlerts)
    return this.deliver([alertRules(this.config.version, { job: flags.job })], flags)
  }
}
