import { Args } from '@oclif/core'
import { CertctlCommand } from '../cli/certctl-command.ts'
import { openIssuer } from '../cli/compose.ts'
import { assertPrograms } from '../cli/deploy-flags.ts'
import { loadSettings } from '../cli/host-settings.ts'
import { issueFlags, issueOrder } from '../cli/issue-flags.ts'
import { runMetricsFlags, withHost } from '../cli/run-metrics.ts'
import { issuerSettings, profileFlag, settingFlags } from '../cli/setting-flags.ts'
import { deploymentText } from '../cli/views/deployment-view.ts'
import { issueDocument, issueText, pemDocument, pemText } from '../cli/views/certificate-view.ts'
import type { DeploymentReport } from '../operations/deployment/deployment-report.ts'
import { issueAndDeploy } from '../operations/issue-and-deploy.ts'
import { obtainCounted } from '../operations/obtain-counted.ts'

export default class Issue extends CertctlCommand {
  static override summary = 'Issue a certificate and publish its files.'
  static override description =
    'Makes a key on this host, has it signed by the issuer, and writes a directory of files that renew replaces as one unit.'
  static override examples = [
    '<%= config.bin %> issue web.example.com --role web',
    '<%= config.bin %> issue web.example.com --san www.example.com --san 10.0.0.7 --ttl 30d --out /etc/tls/web',
    '<%= config.bin %> issue web.example.com --role web --out /etc/tls/web --reload-unit nginx --probe localhost:443',
    '<%= config.bin %> issue localhost --issuer local',
    '<%= config.bin %> issue web.example.com --role web --out /etc/tls/web --combined-file /etc/haproxy/web.pem --group haproxy --key-mode 0640',
    'openssl req -new -key my.key -subj /CN=db.example.com | <%= config.bin %> issue --csr - --role db --out -',
  ]
  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'the name: DNS name, IP address, email, URI or any common name',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...issueFlags,
    ...runMetricsFlags,
    profile: profileFlag,
    ...settingFlags(issuerSettings),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Issue)
    const settings = await loadSettings(flags)
    const order = await issueOrder(args.name, flags, settings.ttl?.value, (flag) => this.readStdin(flag))
    await assertPrograms(order.deployment)
    const issuer = await openIssuer(settings, await this.surroundings(settings))
    const run = { command: 'issue', isSuccess: isInUse, warn: (text: string) => this.caution(text) }
    const { document } = await withHost(flags, run, async (host): Promise<Issued> => {
      if (order.directory === undefined) {
        const obtained = await this.waiting('asking the issuer', () =>
          obtainCounted(issuer, order.wanted, host, this.interruption),
        )
        obtained.warnings.forEach((warning) => this.caution(warning))
        this.print(pemText(obtained, flags['print-key']))
        return { document: pemDocument(obtained, issuer.connector, flags['print-key'], this.cautions) }
      }
      const { directory } = order
      const issuance = await this.waiting('asking the issuer', () =>
        issueAndDeploy({ ...order, directory }, issuer, host, this.interruption),
      )
      const { deployment } = issuance
      issuance.warnings.forEach((warning) => this.caution(warning))
      await this.tellInterruption([{ directory: directory.path, renewal: issuance, deployment }], 1)
      this.print(issueText(issuance, issuer.connector, directory.path, host.clock.now()) + deploymentText(deployment))
      if (deployment?.error) {
        this.tellFailure(directory.path, deployment.error)
        this.endWith(deployment.error.exitCode)
      }
      return { document: issueDocument(issuance, issuer.connector, this.cautions), deployment }
    })
    return document
  }
}

interface Issued {
  readonly document: unknown
  readonly deployment?: DeploymentReport | undefined
}

function isInUse({ deployment }: Issued): boolean {
  return deployment?.error === undefined
}
