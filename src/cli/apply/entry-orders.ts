import { dirname } from 'node:path'
import { settingDefinitions } from '../../config/setting-definitions.ts'
import type { Settings } from '../../config/settings.ts'
import { ConfigError, UsageError } from '../../core/errors.ts'
import type { ApplyOrder } from '../../operations/apply/apply-order.ts'
import { assertCoherent, fileKeys } from '../../operations/outputs/told-outputs.ts'
import type { Surroundings } from '../compose.ts'
import { assertPrograms } from '../deploy-flags.ts'
import { issueOrder, type IssueFlags } from '../issue-flags.ts'
import { profileSettings } from '../setting-flags.ts'
import { inFile, type CertificateEntry } from './certificates-file.ts'
import { EntryIssuers, type SettingFlags } from './entry-issuers.ts'

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
  refuseSharedTargets(orders)
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

/** Each would take the file from the other at every run. */
function refuseSharedTargets(orders: readonly EntryOrder[]): void {
  const asked = orders.flatMap((one) => ('order' in one ? [one] : []))
  const directories = new Map(asked.map(({ entry, order }) => [order.issue.directory.path, entry.name]))
  const owners = new Map<string, string>()
  for (const { entry, order } of asked) {
    for (const key of fileKeys) {
      const path = order.issue.outputs[key]
      if (path === undefined || path === '') continue
      const owner = owners.get(path)
      if (owner !== undefined)
        throw entry.fault(`${path} is written for "${owner}" already`, key, 'give each certificate a path of its own')
      const around = ancestorsOf(path).flatMap((ancestor) => directories.get(ancestor) ?? [])[0]
      if (around !== undefined) {
        const hint = 'certctl puts all files there already; name a path elsewhere'
        throw entry.fault(`${path} is in the directory of "${around}"`, key, hint)
      }
      owners.set(path, entry.name)
    }
  }
}

function ancestorsOf(path: string): readonly string[] {
  const above = dirname(path)
  return above === path ? [] : [above, ...ancestorsOf(above)]
}
