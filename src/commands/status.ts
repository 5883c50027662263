import { Args, Flags } from '@oclif/core'
import { CertctlCommand } from '../cli/certctl-command.ts'
import { understand } from '../cli/present-error.ts'
import { ownHost } from '../cli/own-host.ts'
import { renewBeforeTold } from '../cli/renew-before.ts'
import { statusDirectories } from '../cli/status-directories.ts'
import { lifetimeText } from '../cli/views/lifetime-view.ts'
import { nagiosCode, nagiosText, nagiosUnknown } from '../cli/views/nagios-view.ts'
import { statusDocument, statusText } from '../cli/views/status-view.ts'
import { errorMessage } from '../core/errors.ts'
import { certificateStatuses, countStates, isGood, type CertificateStatus } from '../operations/certificate-status.ts'

export default class Status extends CertctlCommand {
  static override summary = 'Show how each certificate is.'
  static override description =
    'A certificate is due as renew has it, and overdue when half of the time from then to its end has passed. Ends with 8 when one is overdue, expired, revoked, missing, unreadable or not deployed, when its key or another file of it is gone, or when one is of another certificate; the next step is named. Asks nobody and writes nothing.'
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status /etc/tls/web --json',
    '<%= config.bin %> status --nagios',
    '<%= config.bin %> status --format prometheus > /var/lib/node_exporter/certificates.prom',
  ]
  static override strict = false
  static override args = {
    dir: Args.string({
      description: 'directory that certctl issued; all on this host by default, more than one may be given',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    format: Flags.option({
      description: 'how to show it',
      options: ['table', 'prometheus'] as const,
      exclusive: ['json'],
    })({ default: 'table' }),
    nagios: Flags.boolean({
      description: 'one line and the codes of a monitoring plug-in: 0 ok, 1 overdue, 2 worse, 3 unknown',
      exclusive: ['format', 'json'],
    }),
    'renew-before': Flags.string({
      description: 'when it is due, as for renew',
      helpValue: 'DURATION|PERCENT',
    }),
  }

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Status)
    const directories = await statusDirectories(argv as string[], (text) => this.caution(text))
    const renewBefore = renewBeforeTold(flags['renew-before'])
    const host = ownHost()
    const now = host.clock.now()
    const statuses = await this.waiting('looking at certificates', () =>
      certificateStatuses(directories, { renewBefore, now, host }, this.interruption),
    )
    if (!this.jsonEnabled()) this.print(await shown(statuses, flags, now))
    this.endWith(flags.nagios ? nagiosCode(statuses) : statuses.every(isGood) ? 0 : 8)
    return statusDocument(statuses, this.cautions)
  }

  /** A monitor reads standard output and knows four codes, whatever went wrong. */
  protected override catch(error: Error): Promise<void> {
    if (!this.argv.includes('--nagios') || this.jsonEnabled()) return super.catch(error)
    process.stdout.write(nagiosUnknown(errorMessage(understand(error))))
    this.endWith(3)
    return Promise.resolve()
  }
}

/** Made only where it is shown: a table of ten thousand takes longer than all else. */
async function shown(
  statuses: readonly CertificateStatus[],
  { format, nagios }: { readonly format: 'table' | 'prometheus'; readonly nagios: boolean },
  now: Date,
): Promise<string> {
  if (nagios) return nagiosText(statuses, now)
  if (format === 'prometheus') return prometheusText(statuses)
  const { isTTY, columns, rows } = process.stdout
  const picture = isTTY ? lifetimeText(statuses, now, { columns, rows: rows - statuses.length }) : ''
  return statusText(statuses, now) + picture
}

async function prometheusText(statuses: readonly CertificateStatus[]): Promise<string> {
  const { inventoryMetrics } = await import('../metrics/inventory-text.ts')
  const seen = statuses.flatMap(({ certificate }) => certificate ?? [])
  const series = seen.map(({ name, notAfter, nextRenewalAt, deploy }) => ({
    name,
    notAfter,
    renewalAt: nextRenewalAt,
    deploy,
  }))
  return inventoryMetrics(series, countStates(statuses))
}
