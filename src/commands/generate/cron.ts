import { Flags } from '@oclif/core'
import { cronFacts } from '../../cli/generate/cron-facts.ts'
import { GenerateCommand, outFlags } from '../../cli/generate/generate-command.ts'
import { absolutePathFlag, accountFlag, profileNameFlag, programFlag } from '../../cli/generate/place-flags.ts'
import { pushGatewayFlag } from '../../cli/push-gateway.ts'
import { crontab } from '../../generate/crontab.ts'

export default class GenerateCron extends GenerateCommand {
  static override summary = 'Print a file for cron that renews every hour.'
  static override description =
    "The minute follows from the host's name, so that a fleet does not ask all at once. Run it as the user who issued the certificates, or name that one."
  static override examples = [
    '<%= config.bin %> generate cron > /etc/cron.d/certctl',
    '<%= config.bin %> generate cron --crontab | crontab -',
    '<%= config.bin %> generate cron --user certctl --metrics-file /var/lib/prometheus/node-exporter/certctl.prom --out /etc/cron.d',
  ]
  static override flags = {
    ...outFlags,
    program: programFlag,
    user: accountFlag({ description: 'run as this user; by default the one who runs this' }),
    crontab: Flags.boolean({ description: "for the user's own crontab", exclusive: ['user', 'out'] }),
    'metrics-file': absolutePathFlag({ description: "metrics file for node_exporter's textfile collector" }),
    'push-gateway': pushGatewayFlag(),
    profile: profileNameFlag({ description: 'saved settings to go by' }),
  }

  async run(): Promise<unknown> {
    const { flags } = await this.parse(GenerateCron)
    const facts = await cronFacts(flags, this.config.version)
    return this.deliver([crontab(facts)], flags)
  }
}
