import { settingDefinitions } from '../../config/setting-definitions.ts'
import type { Settings } from '../../config/settings.ts'
import { ConfigError, UsageError } from '../../core/errors.ts'
import type { ApplyOrder } from '../../operations/apply/apply-order.ts'
import { assertCoherent } from '../../operations/outputs/told-outputs.ts'
import type { Surroundings } from '../compose.ts'
import { assertPrograms } from '../deploy-flags.ts'
import { issueOrder, type IssueFlags } from '../issue-flags.ts'
import { profileSettings } from '../setting-flags.ts'
import { inFile, type CertificateEntry } from './certificates-file.ts'
import { EntryIssuers, type SettingFlags } from './entry-issuers.ts'
import { refuseSharedTargets } from './shared-targets.ts'

/** What an entry asks for; or why it can't be asked for: something on the host, such as a key that can't be read. */
export type EntryOrder =
  | { readonly entry: CertificateEntry; readonly order: ApplyOrder }
  | { readonly entry: CertificateEntry; readonly error: unknown }

/** What the command line tells for all entries. Of a setting that an entry tells too, the command line counts. */
export interface ToldForAll {
  readonly flags: SettingFlags
  readonly force: boolean
}

/** The settings among the parsed flags of `apply`. */
export function settingsTold(flags: object): SettingFlags {
  const names = ['profile', ...profileSettings.map((key) => settingDefinitions[key].flag)]
  return Object.fromEntries(
    Object.entries(flags).filter(([flag, value]) => names.includes(flag) && value !== undefined),
  )
}

/** What is wrong in the file is a ConfigError that names the place, and then nothing is done. */
export async function entryOrders(
  entries: readonly CertificateEntry[],
  { flags, force }: ToldForAll,
  surroundings: (settings: Settings) => Promise<Surroundings>,
): Promise<readonly EntryOrder[]> {
  const issuers = new EntryIssuers(surroundings)
  const orders: EntryOrder[] = []
  for (const entry of entries) {
    try {
      orders.push({ entry, order: await orderFrom({ ...entry.flags, ...flags }, entry, force, issuers) })
    } catch (error) {
      const told = inFile(error, entry.fault)
      if (told instanceof ConfigError) throw told
      orders.push({ entry, error })
    }
  }
  await refuseSharedTargets(orders.flatMap((one) => ('order' in one ? [one] : [])))
  return orders
}

async function orderFrom(
  flags: SettingFlags,
  { name }: CertificateEntry,
  force: boolean,
  issuers: EntryIssuers,
): Promise<ApplyOrder> {
  const { settings, ...issuing } = await issuers.for(flags)
  const whole = { 'server-key': false, ...flags, 'print-key': false, force } as IssueFlags
  const { directory, ...issue } = await issueOrder(name, whole, settings.ttl?.value, neverStdin)
  if (directory === undefined) throw new UsageError('--out is -', { hint: 'name a directory' })
  assertCoherent(issue.outputs, issue.wanted.key.origin !== 'csr')
  await assertPrograms(issue.deployment)
  const isTtlAmbient = settings.ttl !== undefined && settings.ttl.source !== '--ttl'
  return { issue: { ...issue, directory }, force, isTtlAmbient, ...issuing }
}

function neverStdin(flag: string): Promise<string> {
  return Promise.reject(new UsageError(`${flag} is for the command line alone`, { hint: 'give the path of a file' }))
}
