import { Args } from '@oclif/core'
import { CertctlCommand } from '../../cli/certctl-command.ts'
import { profileStore } from '../../cli/host-settings.ts'

export default class ProfileRemove extends CertctlCommand {
  static override summary = 'Remove a profile.'
  static override examples = ['<%= config.bin %> profile remove prod']
  static override args = {
    name: Args.string({ name: 'NAME', description: 'the profile', required: true, ignoreStdin: true }),
  }

  async run(): Promise<unknown> {
    const { args } = await this.parse(ProfileRemove)
    await profileStore().remove(args.name)
    this.print(`removed profile ${args.name}`)
    return { schema: 1, action: 'removed', name: args.name, warnings: this.cautions }
  }
}
