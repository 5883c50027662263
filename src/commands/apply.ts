import { Args, Flags } from '@oclif/core'
import { applyEntries, planEntries, type AppliedEntries } from '../cli/apply/apply-entries.ts'
import { certificatesJsonSchema } from '../cli/apply/certificates-schema.ts'
import { entryOrders, settingsTold, type EntryOrder } from '../cli/apply/entry-orders.ts'
import { readCertificates } from '../cli/apply/read-certificates.ts'
import { BatchCommand } from '../cli/batch-command.ts'
import { ownHost } from '../cli/own-host.ts'
import { jsonText } from '../cli/json-text.ts'
import { runMetricsFlags, withHost } from '../cli/run-metrics.ts'
import { exitStatusOf } from '../cli/renewal-batch.ts'
import { issuerSettings, profileFlag, settingFlags } from '../cli/setting-flags.ts'
import { appliedDocument, appliedText, planDocument, planText } from '../cli/views/apply-view.ts'
import { UsageError } from '../core/errors.ts'
import type { ParallelWork } from '../operations/in-parallel.ts'

export default class Apply extends BatchCommand {
  static override summary = 'Make and keep the certificates that a YAML file asks for.'
  static override description =
    'Issues what is missing, renews what is due, changes what the file asks for otherwise than before, and leaves alone all else. Entries have the long flags of issue as keys, in camelCase; paths are relative to the file.'
  static override examples = [
    '<%= config.bin %> apply certificates.yaml',
    '<%= config.bin %> apply certificates.yaml --plan',
    '<%= config.bin %> apply certificates.yaml --only web.example.com',
    '<%= config.bin %> apply --print-schema > certificates.schema.json',
  ]
  static override args = {
    file: Args.string({ name: 'FILE', description: 'the YAML file; - reads it from stdin', ignoreStdin: true }),
  }
  static override flags = {
    only: Flags.string({
      description: 'this entry of the file alone',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    plan: Flags.boolean({ description: 'only say what would be done' }),
    force: Flags.boolean({ description: 'renew also what is not due, and replace files that certctl did not make' }),
    parallel: Flags.integer({ description: 'how many at a time', helpValue: 'N', default: 4, min: 1, max: 64 }),
    'print-schema': Flags.boolean({
      description: 'print the JSON schema of the file',
      exclusive: ['only', 'plan', 'force'],
    }),
    ...runMetricsFlags,
    profile: profileFlag,
    ...settingFlags(issuerSettings),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Apply)
    if (flags['print-schema']) return this.printSchema(args.file)
    if (args.file === undefined)
      throw new UsageError('FILE is missing', { hint: 'as in: certctl apply certificates.yaml' })
    const { file } = args
    const work = this.workFor(flags.parallel)
    const { only = [], force } = flags
    const entries = await readCertificates(file, only, (limit) => this.readStdinBytes('FILE -', limit))
    const told = { flags: settingsTold(flags), force }
    const all = await entryOrders(entries, told, (settings) => this.surroundings(settings))
    const asked = only.length === 0 ? all : all.filter(({ entry }) => only.includes(entry.name))
    const run = {
      command: 'apply',
      // An interrupted run fails at nothing and yet leaves some out.
      isSuccess: ({ outcomes }: AppliedEntries) => outcomes.length === asked.length && exitStatusOf(outcomes) === 0,
      warn: (text: string) => this.caution(text),
    }
    if (flags.plan) return this.plan(asked, work)
    const { outcomes, warnings } = await this.waiting('working on certificates', (show) =>
      withHost(flags, run, (host) => applyEntries(file, asked, { ...work, host }, this.teller(asked.length, show))),
    )
    outcomes.forEach((outcome) => this.tellDeployment(outcome))
    await this.tellInterruption(outcomes, asked.length)
    warnings.forEach((warning) => this.caution(warning))
    this.print(appliedText(outcomes))
    this.endWith(exitStatusOf(outcomes))
    return appliedDocument(outcomes, this.cautions)
  }

  private async plan(asked: readonly EntryOrder[], work: ParallelWork): Promise<unknown> {
    const outcomes = await this.waiting('looking at certificates', () =>
      planEntries(asked, { ...work, host: ownHost() }),
    )
    for (const outcome of outcomes) if ('error' in outcome) this.tellFailure(outcome.directory, outcome.error)
    this.print(planText(outcomes))
    this.endWith(exitStatusOf(outcomes))
    return planDocument(outcomes, this.cautions)
  }

  private printSchema(file: string | undefined): unknown {
    if (file !== undefined) throw new UsageError('--print-schema goes without FILE', { hint: 'leave out FILE' })
    const schema = certificatesJsonSchema()
    this.print(jsonText(schema))
    return schema
  }
}
