import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { FileError } from '../../core/errors.ts'
import { formatTime } from '../../core/time.ts'
import { mayGiveToGroup, mayGiveToUser } from '../../files/account.ts'
import { openCertificateDirectory, type CertificateDirectory } from '../../files/certificate-directory.ts'
import type { CertificateSet } from '../../files/certificate-set.ts'
import { directoryOfFile } from '../../files/directories-at.ts'
import { withFileErrors } from '../../files/file-error.ts'
import { Inventory } from '../../files/inventory.ts'
import type { Outputs } from '../../files/inventory-entry.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { planOnHost } from '../due/host-plan.ts'
import type { Host } from '../host.ts'
import { lockedDirectory } from '../locked-directory.ts'
import { pathsOf } from '../outputs/told-outputs.ts'
import { Publishing } from '../publishing.ts'
import { adoptedSet } from './adopted-set.ts'
import type { Adoption, AdoptionOrder } from './adoption-order.ts'
import { adoptionWarnings } from './adoption-warnings.ts'
import type { Pair } from './pair-up.ts'

/**
 * Takes over a certificate: a copy of it, and how its successors are asked for, in a certificate directory below the state
 * directory, and its files as files beside that. The files themselves stay as they are until the first renewal. `path` is
 * what it is known by.
 */
export async function adoptCertificate(
  path: string,
  pair: Pair,
  order: AdoptionOrder,
  host: Host,
  signal?: AbortSignal,
): Promise<Adoption> {
  const directory = await adoptedDirectory(path, pair, host)
  await assertKeepable(pathsOf(pair.files), order.outputs)
  const set = adoptedSet(pair, order)
  const warnings = await adoptionWarnings(pair, host.clock.now())
  const question = { path, pair, order, directory, set }
  const adoption = order.dryRun
    ? await looked(question, host)
    : await lockedDirectory(directory, host, signal, () => adopt(question, host))
  return isTheirs(adoption) ? { ...adoption, warnings: [...warnings, ...adoption.warnings] } : adoption
}

/** Whether certctl has not renewed it yet; from then on there is nothing to say of how the other tool left its files. */
export function isTheirs({ record }: Adoption): boolean {
  return record.adopted === true
}

/** Named after what it is known by; what was taken over before stays in its place, however it is named now. */
async function adoptedDirectory(path: string, pair: Pair, { stateDirectory }: Host): Promise<CertificateDirectory> {
  const known = await directoryOfFile(pair.path, stateDirectory)
  return openCertificateDirectory(known ?? join(stateDirectory, 'adopted', path))
}

interface Question {
  readonly path: string
  readonly pair: Pair
  readonly order: AdoptionOrder
  readonly directory: CertificateDirectory
  readonly set: CertificateSet
}

async function looked(question: Question, host: Host): Promise<Adoption> {
  const own = await alreadyOwn(question, host)
  if (own) return own
  const { directory, set, pair } = question
  await openPublishing(question, host)
  return {
    ...facts(question),
    action: 'adoptable',
    reason: (await directory.state()) === 'published' ? 'taken over already' : 'would be taken over',
    certificate: pair.leaf,
    record: set.record,
    files: undefined,
    outputs: pair.files,
    nextRenewalAt: await nextRenewal(question, host),
  }
}

async function adopt(question: Question, host: Host): Promise<Adoption> {
  const own = await alreadyOwn(question, host)
  if (own) return own
  const { directory, set, pair } = question
  const realPath = await directory.realPath()
  const inventory = new Inventory(host.stateDirectory)
  const before = inventory.read(realPath)
  const isKnown = (await directory.state()) === 'published'
  const publishing = await openPublishing(question, host)
  const published = await publishing.adopt(set)
  host.metrics.setCertificate(set.record.name, pair.leaf.notAfter, published.nextRenewalAt)
  const isChanged = published.written.length > 0 || !isDeepStrictEqual(before, inventory.read(realPath))
  return {
    ...facts(question),
    ...published,
    ...(isKnown ? (isChanged ? updated : unchanged) : adopted),
    certificate: pair.leaf,
    record: set.record,
  }
}

const adopted = { action: 'adopted', reason: 'its files stay as they are until the first renewal' } as const
const updated = { action: 'updated', reason: 'taken over before; kept as it is now' } as const
const unchanged = { action: 'unchanged', reason: 'taken over already' } as const

/** Undefined unless certctl has renewed it: then it is not what another tool has made, whoever names it. */
async function alreadyOwn(question: Question, host: Host): Promise<Adoption | undefined> {
  const { directory } = question
  if ((await directory.state()) !== 'published') return undefined
  const entry = new Inventory(host.stateDirectory).read(await directory.realPath())
  const { record, cert, files } = await directory.read()
  if (record.adopted === true || entry === undefined) return undefined
  return {
    ...facts(question),
    action: 'unchanged',
    reason: 'taken over and renewed already',
    certificate: parseCertificate(cert, files.cert),
    record,
    files,
    outputs: entry.outputs,
    nextRenewalAt: await nextRenewal(question, host),
  }
}

function facts({ set, directory }: Question): Pick<Adoption, 'name' | 'directory' | 'warnings'> {
  return { name: set.record.name, directory: directory.path, warnings: [] }
}

async function nextRenewal({ directory, pair }: Question, host: Host): Promise<Date> {
  const realPath = await directory.realPath()
  const entry = new Inventory(host.stateDirectory).read(realPath)
  const question = { directory: realPath, entry, renewBefore: undefined, now: host.clock.now() }
  return planOnHost(pair.leaf, question, host).nextRenewalAt
}

async function openPublishing({ path, pair, order, directory }: Question, host: Host): Promise<Publishing> {
  const { deployment, schedule, replace } = order
  const known = new Inventory(host.stateDirectory).read(await directory.realPath())
  const before = known?.adopted
  const outputs = { ...pair.files, ...order.outputs }
  // Where only some of its files are named this time, the others stay those of the other tool.
  const theirs = [...pathsOf(pair.files), ...(before?.files ?? [])]
  const files = pathsOf({ ...known?.outputs, ...outputs }).filter((one) => theirs.includes(one))
  const at = before?.at ?? formatTime(host.clock.now())
  return Publishing.open(
    {
      directory,
      outputs,
      deployment,
      schedule,
      keepOutputs: true,
      replace,
      hasKey: true,
      adopted: { ...before, path: before?.path ?? path, at, files },
    },
    host,
  )
}

/** FileError for a file whose successor could not belong to whom it belongs; better told now than by the first renewal. */
async function assertKeepable(paths: readonly string[], { owner, group }: Outputs): Promise<void> {
  for (const path of paths) {
    const { uid, gid } = await withFileErrors(path, 'read', () => stat(path))
    if (owner === undefined && !mayGiveToUser(uid)) throw notKeepable(path, `user ${uid}`, 'run as root')
    if (group === undefined && !mayGiveToGroup(gid))
      throw notKeepable(path, `group ${gid}`, 'run as root, or name a group of your own with --group')
  }
}

function notKeepable(path: string, whose: string, hint: string): FileError {
  return new FileError(`${path} belongs to ${whose}, and this user could not give it a successor that does too`, {
    code: 'not-keepable',
    hint,
    facts: { path, directory: dirname(path) },
  })
}
