import { Args } from '@oclif/core'
import { CertctlCommand } from '../cli/certctl-command.ts'
import { checkOrder } from '../cli/check-order.ts'
import { loadSettings } from '../cli/host-settings.ts'
import { ownHost } from '../cli/own-host.ts'
import { issueFlags } from '../cli/issue-flags.ts'
import { issuerOf } from '../cli/renewal-issuers.ts'
import { issuerSettings, profileFlag, settingFlags } from '../cli/setting-flags.ts'
import { checkDocument, checkText, isAllGood } from '../cli/views/check-view.ts'
import { checkIssuing } from '../operations/check-issuing.ts'

export default class Check extends CertctlCommand {
  static override summary = 'Check whether issuer, role and token can do the job; issues nothing.'
  static override description =
    'Takes what issue takes, and says of each thing that an issue depends on whether it is good, bad or unknown, with the next step; of hooks and probes too, without running one. Without NAME, --out names a directory whose renewal is asked about, by the issuer, names and hooks that are kept for it. Ends with 8 when something is bad.'
  static override examples = [
    '<%= config.bin %> check --role web',
    '<%= config.bin %> check web.example.com --san 10.0.0.7 --ttl 30d --role web --out /etc/tls/web',
    '<%= config.bin %> check --out /etc/tls/web',
    '<%= config.bin %> check localhost --issuer local',
  ]
  static override args = {
    name: Args.string({
      description: 'the name that would be asked for; without one, those of the certificate in --out, if there is one',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...issueFlags,
    profile: profileFlag,
    ...settingFlags(issuerSettings),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Check)
    const settings = await loadSettings(flags)
    const { order, record } = await checkOrder(args.name, flags, settings, (flag) => this.readStdin(flag))
    const { connector } = await issuerOf(record, flags, (one) => this.surroundings(one))
    const findings = await this.waiting('asking the issuer', () =>
      checkIssuing(order, connector, ownHost(), this.interruption),
    )
    this.print(checkText(findings))
    if (!isAllGood(findings)) this.endWith(8)
    return checkDocument(findings, connector, this.cautions)
  }
}
