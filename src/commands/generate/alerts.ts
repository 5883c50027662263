import { GenerateCommand, outFlags } from '../../cli/generate/generate-command.ts'
import { jobFlag } from '../../cli/generate/job-flag.ts'
import { successWithin, successWithinFlag } from '../../cli/generate/success-within.ts'
import { alertRules } from '../../generate/prometheus/alerts.ts'

export default class GenerateAlerts extends GenerateCommand {
  static override summary = 'Print alerting rules for Prometheus.'
  static override description =
    'They go by what vault keep-alive serves with --metrics-listen, and by what runs leave by --metrics-file or --push-gateway.'
  static override examples = [
    '<%= config.bin %> generate alerts > /etc/prometheus/rules/certctl.rules.yml',
    '<%= config.bin %> generate alerts --job vault-tokens --out /etc/prometheus/rules',
    '<%= config.bin %> generate alerts --success-within 26h > certctl.rules.yml',
  ]
  static override flags = {
    ...outFlags,
    job: jobFlag({ description: 'scrape job of keep-alive', default: 'certctl' }),
    'success-within': successWithinFlag,
  }

  async run(): Promise<unknown> {
    const { flags } = await this.parse(GenerateAlerts)
    const facts = { job: flags.job, successWithin: flags['success-within'] ?? successWithin }
    return this.deliver([alertRules(this.config.version, facts)], flags)
  }
}
