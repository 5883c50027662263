import { Flags } from '@oclif/core'
import { CertctlCommand } from '../../cli/certctl-command.ts'
import { commandLineFlag } from '../../cli/command-line-flag.ts'
import { durationFlag } from '../../cli/duration-flag.ts'
import { loadSettingsPerProfile } from '../../cli/host-settings.ts'
import { runKeepAlive } from '../../cli/keep-alive/keep-alive.ts'
import { keepAliveDocument, keepAliveStatus } from '../../cli/keep-alive/keep-alive-report.ts'
import { checkProgram, programFlags, splitAtProgram } from '../../cli/keep-alive/program-flags.ts'
import { pushGatewayFlag } from '../../cli/push-gateway.ts'
import type { Settings } from '../../config/settings.ts'
import { systemClock } from '../../core/clock.ts'
import { listenAddressFlag } from '../../cli/listen-address-flag.ts'
import { renewTokenOnce } from '../../cli/keep-alive/renew-token-once.ts'
import { loginFlags } from '../../cli/login/login-flags.ts'
import { profilesFlag, settingFlags, tokenSettings } from '../../cli/setting-flags.ts'
import { tokenDocument } from '../../cli/views/token-view.ts'

export default class VaultKeepAlive extends CertctlCommand {
  static override summary = 'Renew the token in the foreground until stopped.'
  static override description =
    'Renews at half of the TTL, and again after each success at half of what was granted. SIGTERM and SIGINT stop it, SIGHUP reads credentials and settings again, SIGUSR2 renews at once. Logs go to stderr. A COMMAND runs beside it from the first good token on; its exit status is returned.'
  static override examples = [
    '<%= config.bin %> vault keep-alive',
    '<%= config.bin %> vault keep-alive --once --json',
    '<%= config.bin %> vault keep-alive --metrics-listen 127.0.0.1:9187',
    '<%= config.bin %> vault keep-alive --warn-before 3d --on-warning "mail -s token-ends-soon ops@example.com"',
    '<%= config.bin %> vault keep-alive --profile prod --profile staging',
    '<%= config.bin %> vault keep-alive --auth approle --role-id-file role-id --secret-id-file secret-id -- app --serve',
    '<%= config.bin %> vault keep-alive --status --profile prod',
  ]
  static override usage = 'vault keep-alive [FLAGS] [-- COMMAND ARG...]'
  static override flags = {
    once: Flags.boolean({
      description: 'one look-up and one renewal now, then end',
      exclusive: ['metrics-listen', 'linger', 'auth', 'sink', 'warn-before', 'on-warning'],
    }),
    status: Flags.boolean({
      description:
        'ask the keep-alive that runs for this user and profile; exit with 8 when it is not ready, 5 when none runs',
      exclusive: ['once', 'increment', 'metrics-listen', 'metrics-file', 'push-gateway', 'linger', 'auth', 'sink'],
    }),
    increment: durationFlag({ description: "TTL to ask for at each renewal; the token's TTL at creation by default" }),
    'warn-before': durationFlag({
      description:
        "how long before the end that renewal cannot move to warn of it; a fifth of the token's life by default",
    }),
    'on-warning': commandLineFlag({
      description: 'run this at that moment, without a shell; the facts are in CERTCTL_ variables',
    }),
    'metrics-listen': listenAddressFlag({ description: 'serve /metrics, /healthz and /readyz here' }),
    'metrics-file': Flags.string({
      description: "keep the metrics in a file for node_exporter's textfile collector",
      helpValue: 'PATH',
    }),
    'push-gateway': pushGatewayFlag(),
    linger: Flags.boolean({
      description: 'when the token turns out not to be renewable, keep serving metrics until it expires',
    }),
    'keep-old': Flags.boolean({
      description: 'leave tokens that were superseded by a login as they are',
      dependsOn: ['auth'],
      helpGroup: 'LOGIN',
    }),
    ...loginFlags,
    ...programFlags,
    profile: profilesFlag,
    ...settingFlags(tokenSettings),
  }

  async run(): Promise<unknown> {
    const { own, command } = splitAtProgram(this.argv)
    const { flags } = await this.parse(VaultKeepAlive, [...own])
    const readsStdin = flags['token-file'] === '-'
    checkProgram(command, { ...flags, json: this.jsonEnabled(), readsStdin })
    const told = { flags, profileNames: flags.profile ?? [] }
    const all = await loadSettingsPerProfile(told)
    if (flags.status) return this.tellStatus(all)
    if (flags.once) {
      const status = await renewTokenOnce(all, flags, (settings) => this.surroundings(settings), this.interruption)
      status.warnings.forEach((warning) => this.caution(warning))
      return tokenDocument(status, this.cautions, status.action)
    }
    const surroundings = (settings: Settings) => this.surroundings(settings)
    const report = await runKeepAlive(all, told, flags, this.config.version, surroundings, command)
    this.endWith(keepAliveStatus(report))
    return keepAliveDocument(report, this.cautions)
  }

  private async tellStatus(all: readonly Settings[]): Promise<unknown> {
    const { askInstance } = await import('../../cli/keep-alive/ask-instance.ts')
    const { instanceDocument, instanceText } = await import('../../cli/views/instance-view.ts')
    const status = await askInstance(all, this.interruption)
    this.print(instanceText(status, systemClock.now()))
    if (!status.ok) this.endWith(8)
    return instanceDocument(status, this.cautions)
  }

  /** keep-alive ends with 0 on a signal, and has its own way of stopping. */
  protected override listenForInterruption(): void {
    const { own } = splitAtProgram(this.argv)
    if (own.includes('--once') || own.includes('--status')) super.listenForInterruption()
  }
}
