import { Args } from '@oclif/core'
import { CertctlCommand } from '../cli/certctl-command.ts'
import { completionScript, shells } from '../cli/completion-script.ts'

export default class Completion extends CertctlCommand {
  static override summary = 'Print a completion script for a shell.'
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion zsh > "${fpath[1]}/_certctl"',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/certctl.fish',
  ]
  static override args = {
    shell: Args.option({ name: 'SHELL', description: 'the shell', options: shells })({
      required: true,
      ignoreStdin: true,
    }),
  }

  async run(): Promise<unknown> {
    const { args } = await this.parse(Completion)
    const script = completionScript(args.shell, this.config.commands)
    this.print(script)
    return { schema: 1, shell: args.shell, script, warnings: this.cautions }
  }
}
