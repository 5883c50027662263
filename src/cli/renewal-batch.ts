import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CertctlError, UsageError, type ExitCode } from '../core/errors.ts'
import { openCertificateDirectory, type CertificateDirectory } from '../files/certificate-directory.ts'
import { shellWord } from '../files/shell-word.ts'
import { Inventory } from '../files/inventory.ts'
import { directoriesAt } from '../files/directories-at.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import { realDirectory } from '../files/real-target.ts'
import type { KnownOfHost } from '../operations/renewal.ts'
import type { AdoptionOutcome } from '../operations/adopt/adopt-all.ts'
import type { PlannedOutcome } from '../operations/apply/apply-all.ts'
import type { RenewalOutcome } from '../operations/renew-all.ts'
import type { DeployedOutcome } from '../operations/renew-and-deploy.ts'
import { ownStateDirectory } from './host-settings.ts'

export interface AskedDirectories {
  readonly directories: readonly CertificateDirectory[]
  readonly known: KnownOfHost | undefined
}

/** The directories that were named or, with `--all`, that were issued on this host. */
export async function directoriesToRenew(
  paths: readonly string[],
  { all, undo }: { readonly all: boolean; readonly undo: boolean },
  warn: (text: string) => void,
): Promise<AskedDirectories> {
  if (all && paths.length > 0)
    throw new UsageError('--all goes without directories', { hint: 'name directories, or give --all' })
  if (undo && paths.length === 0)
    throw new UsageError('no directory is given', { hint: 'name one: certctl renew --undo DIR' })
  if (!all && paths.length === 0) {
    throw new UsageError('neither a directory nor --all is given', {
      hint: 'name one, or give --all for every certificate issued on this host',
    })
  }
  const stateDirectory = ownStateDirectory()
  if (!all) return { directories: await namedDirectories(paths, stateDirectory), known: undefined }
  const inventory = new Inventory(stateDirectory)
  const mayHaveJournals = PublishJournal.areThere(stateDirectory)
  const { directories, entries, warnings } = await inventory.list()
  warnings.forEach(warn)
  return { directories: directories.map((path) => openCertificateDirectory(path)), known: { entries, mayHaveJournals } }
}

/** What to type where a directory that this host knows is gone for good. */
export function goneWarnings(outcomes: readonly RenewalOutcome[]): readonly string[] {
  const inventory = new Inventory(ownStateDirectory())
  const gone = outcomes.filter((outcome) => 'error' in outcome && !existsSync(outcome.directory))
  return gone.map(
    ({ directory }) =>
      `${directory} does not exist any more; if that is meant, forget it with: rm ${shellWord(inventory.pathOf(directory))}`,
  )
}

/** Each once, however it was written or linked; an empty text would be the working directory. */
async function namedDirectories(
  paths: readonly string[],
  stateDirectory: string,
): Promise<readonly CertificateDirectory[]> {
  if (paths.includes(''))
    throw new UsageError('a directory is named by an empty text', { hint: 'look for a variable that is not set' })
  const known = (await Promise.all(paths.map((path) => directoriesAt(path, stateDirectory)))).flat()
  const targets = await Promise.all(known.map((path) => realDirectory(resolve(path))))
  return known.filter((_, at) => targets.indexOf(targets[at]!) === at).map((path) => openCertificateDirectory(path))
}

/** 9 when some failed and some did not; when all failed their common code, else 9. */
export function exitStatusOf(outcomes: readonly (DeployedOutcome | PlannedOutcome | AdoptionOutcome)[]): ExitCode | 0 {
  const failures = outcomes.flatMap((outcome) => {
    if ('error' in outcome) return [outcome.error]
    return 'renewal' in outcome ? (outcome.deployment?.error ?? []) : []
  })
  if (failures.length === 0) return 0
  const codes = new Set(failures.map((error) => (error instanceof CertctlError ? error.exitCode : (1 as const))))
  const [common] = codes
  return failures.length < outcomes.length || codes.size > 1 ? 9 : (common ?? 9)
}
