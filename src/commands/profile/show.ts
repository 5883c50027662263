import { Args, Flags } from '@oclif/core'
import { CertctlCommand } from '../../cli/certctl-command.ts'
import { loadSettings, profileStore } from '../../cli/host-settings.ts'
import { issuerSettings, profileFlag, settingFlags } from '../../cli/setting-flags.ts'
import { effectiveText, profileText } from '../../cli/views/profile-view.ts'
import { effective } from '../../config/effective.ts'
import { locateToken, type TokenSource } from '../../config/token-source.ts'
import type { Settings } from '../../config/settings.ts'
import { ConfigError, UsageError } from '../../core/errors.ts'

export default class ProfileShow extends CertctlCommand {
  static override summary = 'Show a profile, or with --effective every setting and where it comes from.'
  static override examples = [
    '<%= config.bin %> profile show prod',
    '<%= config.bin %> profile show --effective --profile prod',
  ]
  static override args = {
    name: Args.string({ name: 'NAME', description: 'the profile; the one in use by default', ignoreStdin: true }),
  }
  static override flags = {
    effective: Flags.boolean({ description: 'what a command would go by now, from all sources' }),
    profile: profileFlag,
    ...settingFlags(issuerSettings),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ProfileShow)
    if (args.name !== undefined && flags.profile !== undefined)
      throw new UsageError('NAME and --profile both name a profile', { hint: 'give one of them' })
    const named = args.name ?? flags.profile
    if (flags.effective) return this.showEffective(flags, named)
    const store = profileStore()
    const name = named ?? (await store.read()).current
    if (name === undefined)
      throw new ConfigError('no profile is in use', { hint: 'name one, or choose one with: certctl profile use NAME' })
    const settings = await store.get(name)
    this.print(profileText(name, settings))
    return { schema: 1, name, settings, warnings: this.cautions }
  }

  private async showEffective(flags: object, name: string | undefined): Promise<unknown> {
    const settings = await loadSettings(flags, name)
    const all = effective(settings, await this.tokenOf(settings))
    this.print(effectiveText(all))
    return { schema: 1, profile: settings.profile?.name ?? null, settings: all, warnings: this.cautions }
  }

  /** Only where it is; it is not read. No token is no error here. */
  private async tokenOf(settings: Settings): Promise<TokenSource | undefined> {
    try {
      return await locateToken(settings, { readStdin: () => Promise.resolve(''), warn: (text) => this.caution(text) })
    } catch (error) {
      if (error instanceof ConfigError) return undefined
      throw error
    }
  }
}
