import { GenerateCommand, outFlags } from '../../cli/generate/generate-command.ts'
import { dashboard } from '../../generate/grafana/dashboard.ts'

export default class GenerateDashboard extends GenerateCommand {
  static override summary = 'Print a dashboard for Grafana.'
  static override description =
    'Tokens that are kept alive, and certificates by the days that they have left. The data source is chosen in Grafana.'
  static override examples = [
    '<%= config.bin %> generate dashboard > certctl-dashboard.json',
    '<%= config.bin %> generate dashboard --out /etc/grafana/dashboards',
  ]
  static override flags = { ...outFlags }

  async run(): Promise<unknown> {
    const { flags } = await this.parse(GenerateDashboard)
    return this.deliver([dashboard()], flags)
  }
}
