import { Args } from '@oclif/core'
import { adoptionFlags, adoptionOrder, refuseSharedPaths } from '../cli/adoption-flags.ts'
import { CertctlCommand } from '../cli/certctl-command.ts'
import { openIssuer } from '../cli/compose.ts'
import { loadSettings } from '../cli/host-settings.ts'
import { ownHost } from '../cli/own-host.ts'
import { exitStatusOf } from '../cli/renewal-batch.ts'
import { issuerSettings, profileFlag, settingFlags } from '../cli/setting-flags.ts'
import { adoptionDocument, adoptionText } from '../cli/views/adoption-view.ts'
import { UsageError } from '../core/errors.ts'
import { adoptAll, findAdoptable, type AdoptionOutcome } from '../operations/adopt/adopt-all.ts'
import { renewalDoubts } from '../operations/adopt/renewal-doubts.ts'

export default class Adopt extends CertctlCommand {
  static override summary = "Take over certificates that another tool made: certbot, lego, acme.sh, step, or anybody's."
  static override description =
    'Takes a certificate with its key in PEM: directories like those in live of certbot or certificates of lego, or files. Names, kind of key and validity are carried over; successors come from the issuer that is named here, at the same paths, with the owner and mode that each file has. Until the first renewal the files stay as they are, links included; status, renew and revoke know the certificate by their path from now on. The other tool must be stopped: what is known of it is told. To have this host forget a certificate, remove its entry below certificates in the state directory, and its directory below adopted.'
  static override examples = [
    '<%= config.bin %> adopt /etc/letsencrypt/live/web.example.com --role web --reload-unit nginx',
    '<%= config.bin %> adopt /etc/letsencrypt/live --profile prod --dry-run',
    '<%= config.bin %> adopt /var/lib/lego/certificates --role web',
    '<%= config.bin %> adopt /etc/step/web.crt /etc/step/web.key --role web --ttl 24h',
    '<%= config.bin %> adopt /etc/ssl/web.pem --issuer local',
  ]
  static override strict = false
  static override args = {
    path: Args.string({
      name: 'PATH',
      description: 'directory, or files that belong together; more than one may be given',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...adoptionFlags,
    profile: profileFlag,
    ...settingFlags(issuerSettings),
  }

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Adopt)
    const paths = argv as string[]
    if (paths.length === 0)
      throw new UsageError('PATH is missing', { hint: 'as in: certctl adopt /etc/letsencrypt/live/web.example.com' })
    const settings = await loadSettings(flags)
    const order = await adoptionOrder(flags, settings)
    const work = { parallel: 4, signal: this.interruption, host: ownHost() }
    const outcomes = await this.waiting('looking at certificates', async () => {
      const found = await findAdoptable(paths, order, this.interruption)
      refuseSharedPaths(order.outputs, found.filter((one) => 'pair' in one).length)
      return adoptAll(found, order, work, (outcome) => this.tell(outcome))
    })
    const open = async () => (await openIssuer(settings, await this.surroundings(settings))).connector
    const doubts = await this.waiting('asking the issuer', () => renewalDoubts(open, outcomes, this.interruption))
    doubts.forEach((doubt) => this.caution(doubt))
    this.print(adoptionText(outcomes))
    this.endWith(exitStatusOf(outcomes))
    return adoptionDocument(outcomes, this.cautions)
  }

  private tell(outcome: AdoptionOutcome): void {
    if ('error' in outcome) this.tellFailure(outcome.path, outcome.error)
    else for (const warning of outcome.adoption.warnings) this.caution(`${outcome.path}: ${warning}`)
  }
}
