import { Args, Flags } from '@oclif/core'
import { GenerateCommand, outFlags } from '../../cli/generate/generate-command.ts'
import { absolutePathFlag, accountFlag, profileNameFlag, programFlag } from '../../cli/generate/place-flags.ts'
import { systemdUnits, unitKinds } from '../../cli/generate/systemd-units.ts'
import { listenAddressFlag } from '../../cli/listen-address-flag.ts'
import { pushGatewayFlag } from '../../cli/push-gateway.ts'

export default class GenerateSystemd extends GenerateCommand {
  static override summary = 'Print systemd units: the keep-alive service, or renew with its timer.'
  static override description =
    'The services are kept from all that they can do without. They find their settings in /etc/certctl: variables in the file environment, or profiles.'
  static override examples = [
    '<%= config.bin %> generate systemd > /etc/systemd/system/certctl-keep-alive.service',
    '<%= config.bin %> generate systemd --profile prod --metrics-listen 127.0.0.1:9187 --out /etc/systemd/system',
    '<%= config.bin %> generate systemd --profile prod --notify --out /etc/systemd/system',
    '<%= config.bin %> generate systemd renew --write /etc/tls --out /etc/systemd/system',
  ]
  static override args = {
    unit: Args.option({ name: 'UNIT', description: 'what it runs', options: unitKinds })({
      default: 'keep-alive' as const,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...outFlags,
    program: programFlag,
    user: accountFlag({ description: 'run as this user', default: 'certctl' }),
    group: accountFlag({ description: "run with this group; the user's own by default" }),
    profile: profileNameFlag({
      description: 'saved settings to go by; more than one for keep-alive',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'load-credential': absolutePathFlag({
      description: 'token file that systemd reads as root and hands over; a new token then needs a restart',
    }),
    write: absolutePathFlag({
      description: 'directory that it may write to, such as that of certificates; may be repeated',
      helpValue: 'DIR',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'metrics-listen': listenAddressFlag({ description: 'keep-alive: serve /metrics, /healthz and /readyz here' }),
    notify: Flags.boolean({
      description: 'keep-alive: started when the token is proven, its state in systemctl status, with a watchdog',
    }),
    'metrics-file': absolutePathFlag({ description: "metrics file for node_exporter's textfile collector" }),
    'push-gateway': pushGatewayFlag(),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(GenerateSystemd)
    const units = await systemdUnits(args.unit, flags, this.config.version)
    units.warnings.forEach((warning) => this.caution(warning))
    return this.deliver(units.files, flags)
  }
}
