import { Args } from '@oclif/core'
import { CertctlCommand } from '../../cli/certctl-command.ts'
import { profileStore } from '../../cli/host-settings.ts'
import { profileSettings, settingFlags, settingValues } from '../../cli/setting-flags.ts'
import { profileText } from '../../cli/views/profile-view.ts'
import { UsageError } from '../../core/errors.ts'

export default class ProfileSet extends CertctlCommand {
  static override summary = 'Save settings under a name.'
  static override description =
    'Settings that are not given stay as they are; an empty value takes one out, and --no-tls-skip-verify turns that one off. A token is never saved, only the path of its file.'
  static override examples = [
    '<%= config.bin %> profile set prod --address https://vault.example.com:8200 --mount pki_int --role web --token-file /run/secrets/vault-token',
    '<%= config.bin %> profile set lab --issuer local',
    '<%= config.bin %> profile set prod --namespace ""',
  ]
  static override args = {
    name: Args.string({ name: 'NAME', description: 'the profile', required: true, ignoreStdin: true }),
  }
  static override flags = { ...settingFlags(profileSettings) }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ProfileSet)
    const changes = settingValues(flags)
    if (Object.keys(changes).length === 0)
      throw new UsageError('no setting is given', { hint: 'give what to save, such as --address URL' })
    const settings = await profileStore().set(args.name, changes)
    this.print(profileText(args.name, settings))
    return { schema: 1, action: 'saved', name: args.name, settings, warnings: this.cautions }
  }
}
