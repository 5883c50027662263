import { CertctlCommand } from '../../cli/certctl-command.ts'
import { openVault } from '../../cli/compose.ts'
import { durationFlag } from '../../cli/duration-flag.ts'
import { loadSettings } from '../../cli/host-settings.ts'
import { profileFlag, settingFlags, tokenSettings } from '../../cli/setting-flags.ts'
import { hasTimeLeft, tokenDocument, tokenText } from '../../cli/views/token-view.ts'
import { systemClock } from '../../core/clock.ts'
import { tokenStatus } from '../../operations/token-status.ts'

export default class VaultTokenStatus extends CertctlCommand {
  static override summary = 'Show what the token may still do, and until when.'
  static override description = 'One look-up, which a token with a limited number of uses pays for with one of them.'
  static override examples = [
    '<%= config.bin %> vault token-status',
    '<%= config.bin %> vault token-status --token-file /run/secrets/vault-token --min-ttl 12h',
  ]
  static override flags = {
    'min-ttl': durationFlag({ description: 'exit with 8 when less is left' }),
    profile: profileFlag,
    ...settingFlags(tokenSettings),
  }

  async run(): Promise<unknown> {
    const { flags } = await this.parse(VaultTokenStatus)
    const settings = await loadSettings(flags)
    const connector = await openVault(settings, await this.surroundings(settings))
    const status = await this.waiting('asking the server', () => tokenStatus(connector, systemClock, this.interruption))
    status.warnings.forEach((warning) => this.caution(warning))
    this.print(tokenText(status))
    if (flags['min-ttl'] && !hasTimeLeft(status, flags['min-ttl'])) this.endWith(8)
    return tokenDocument(status, this.cautions)
  }
}
