import { CertctlCommand } from '../../cli/certctl-command.ts'
import { profileStore } from '../../cli/host-settings.ts'
import { profileListText } from '../../cli/views/profile-view.ts'

export default class ProfileList extends CertctlCommand {
  static override summary = 'List the saved profiles; the one in use is marked.'
  static override examples = ['<%= config.bin %> profile list']

  async run(): Promise<unknown> {
    await this.parse(ProfileList)
    const { current, profiles } = await profileStore().read()
    this.print(profileListText({ current, profiles }))
    return {
      schema: 1,
      current: current ?? null,
      profiles: [...profiles].map(([name, settings]) => ({ name, settings })),
      warnings: this.cautions,
    }
  }
}
