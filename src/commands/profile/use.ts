import { Args } from '@oclif/core'
import { CertctlCommand } from '../../cli/certctl-command.ts'
import { profileStore } from '../../cli/host-settings.ts'

export default class ProfileUse extends CertctlCommand {
  static override summary = 'Choose the profile that commands go by when none is named.'
  static override examples = ['<%= config.bin %> profile use prod']
  static override args = {
    name: Args.string({ name: 'NAME', description: 'the profile', required: true, ignoreStdin: true }),
  }

  async run(): Promise<unknown> {
    const { args } = await this.parse(ProfileUse)
    await profileStore().use(args.name)
    this.print(`profile ${args.name} is in use`)
    return { schema: 1, action: 'used', name: args.name, warnings: this.cautions }
  }
}
