import { Args, Flags } from '@oclif/core'
import { BatchCommand } from '../cli/batch-command.ts'
import { renewalIssuers } from '../cli/renewal-issuers.ts'
import { assertPrograms, deployFlags, deploymentTold, scheduleTold } from '../cli/deploy-flags.ts'
import { keyTypeFlag } from '../cli/issue-flags.ts'
import { runMetricsFlags, withHost } from '../cli/run-metrics.ts'
import { renewBeforeTold } from '../cli/renew-before.ts'
import { outputFlags, renewedOutputs } from '../cli/output-flags.ts'
import { directoriesToRenew, exitStatusOf, goneWarnings } from '../cli/renewal-batch.ts'
import { issuerSettings, profileFlag, settingFlags } from '../cli/setting-flags.ts'
import { renewalDocument, renewalSummaryText, renewalText } from '../cli/views/renewal-view.ts'
import { renewAndDeploy, type DeployedBatch } from '../operations/renew-and-deploy.ts'

export default class Renew extends BatchCommand {
  static override summary = 'Renew certificates that are due.'
  static override description =
    'A certificate is due when a third of its validity is left, or half of it when it is valid for ten days or less. One whose key is gone or is not its own, or that was revoked, is due at once. With nothing due, files that were lost or changed are written again, and otherwise nothing; what is published and not yet deployed is tried again by every run.'
  static override examples = [
    '<%= config.bin %> renew /etc/tls/web',
    '<%= config.bin %> renew --all',
    '<%= config.bin %> renew /etc/tls/web --renew-before 25% --dry-run',
    '<%= config.bin %> renew /etc/tls/web --combined-file /etc/haproxy/web.pem --key-mode 0640 --group haproxy',
    '<%= config.bin %> renew /etc/tls/web --deploy "systemctl restart haproxy" --window "Sat,Sun 02:00-04:00"',
    '<%= config.bin %> renew /etc/tls/web --undo',
  ]
  static override strict = false
  static override args = {
    dir: Args.string({
      name: 'DIR',
      description: 'directory that certctl issued; more than one may be given',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    all: Flags.boolean({ description: 'every directory that was issued on this host' }),
    force: Flags.boolean({ description: 'renew also what is not due, and replace files named below that are there' }),
    'renew-before': Flags.string({
      description: 'renew with so much left, or so much of the validity',
      helpValue: 'DURATION|PERCENT',
    }),
    rekey: Flags.boolean({ description: 'make a new key (default)', exclusive: ['reuse-key'] }),
    'reuse-key': Flags.boolean({ description: 'keep the key' }),
    'key-type': keyTypeFlag({ exclusive: ['reuse-key'] }),
    undo: Flags.boolean({
      description: 'go back to the certificate before; the last three versions are kept',
      exclusive: [
        'all',
        'force',
        'rekey',
        'reuse-key',
        'key-type',
        'renew-before',
        'dry-run',
        ...Object.keys(outputFlags),
        ...Object.keys(deployFlags),
      ],
    }),
    'dry-run': Flags.boolean({ description: 'only say what would be renewed' }),
    parallel: Flags.integer({ description: 'how many at a time', helpValue: 'N', default: 4, min: 1, max: 64 }),
    ...outputFlags,
    ...deployFlags,
    ...runMetricsFlags,
    profile: profileFlag,
    ...settingFlags(issuerSettings),
  }

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Renew)
    const work = this.workFor(flags.parallel)
    const { directories, known } = await directoriesToRenew(argv as string[], flags, (text) => this.caution(text))
    const outputs = renewedOutputs(flags, directories.length === 1 && !flags.all)
    const deployment = await deploymentTold(flags)
    await assertPrograms(deployment)
    const order = {
      known,
      outputs,
      deployment,
      schedule: await scheduleTold(flags),
      undo: flags.undo,
      renewBefore: renewBeforeTold(flags['renew-before']),
      force: flags.force,
      dryRun: flags['dry-run'],
      keyPolicy: flags['reuse-key'] ? ('reuse' as const) : flags.rekey ? ('rekey' as const) : undefined,
      ...(await renewalIssuers(flags, (settings) => this.surroundings(settings))),
      keyType: flags['key-type'],
    }
    // An interrupted run fails at nothing and yet leaves some out.
    const isWhole = ({ outcomes: all }: DeployedBatch): boolean =>
      all.length === directories.length && exitStatusOf(all) === 0
    const { outcomes, warnings } = await this.waiting('looking at certificates', (show) =>
      withHost(
        flags,
        {
          command: 'renew',
          isDry: flags['dry-run'],
          isSuccess: isWhole,
          isComplete: (batch) => flags.all && isWhole(batch),
          warn: (text) => this.caution(text),
        },
        (host) => renewAndDeploy(directories, order, { ...work, host }, this.teller(directories.length, show)),
      ),
    )
    outcomes.forEach((outcome) => this.tellDeployment(outcome))
    await this.tellInterruption(outcomes, directories.length)
    const all = flags.all ? [...warnings, ...goneWarnings(outcomes)] : warnings
    all.forEach((warning) => this.caution(warning))
    this.print(renewalText(outcomes) + (flags.all ? renewalSummaryText(outcomes) : ''))
    this.endWith(exitStatusOf(outcomes))
    return renewalDocument(outcomes, this.cautions)
  }
}
