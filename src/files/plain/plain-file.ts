import { constants } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FileError } from '../../core/errors.ts'
import { holds, regularFile } from '../atomic-write.ts'
import type { FileCreation } from '../create-file.ts'
import { unlessMissing, withFileErrors } from '../file-error.ts'
import type { FileSystem } from '../file-system.ts'
import { shellWord } from '../shell-word.ts'

/** A file of a certificate at a path of the operator's choice, outside the certificate directory. */
export interface PlainFile extends FileCreation {
  /** Absolute. */
  readonly path: string
  readonly content: Buffer
  /** At most this, less what the umask takes, unless it is exact. */
  readonly mode: number
  /** Whether nothing may be there that it would replace. */
  readonly isNew?: boolean | undefined
  /** Whether a link at the path gives way to the file; what it leads to stays as it is. */
  readonly replacesLink?: boolean | undefined
}

/** Those that are not there yet with this content and for these readers. FileError for what can't be replaced. */
export async function changedFiles(files: FileSystem, wanted: readonly PlainFile[]): Promise<readonly PlainFile[]> {
  const changed: PlainFile[] = []
  for (const file of wanted) {
    const isThere = await withFileErrors(file.path, 'read', () => isThereAlready(files, file))
    if (!isThere) changed.push(file)
  }
  return changed
}

async function isThereAlready(files: FileSystem, file: PlainFile): Promise<boolean> {
  const { path, content, replacesLink = false } = file
  if (replacesLink && (await isLink(files, path))) return false
  return holds(files, path, content, file)
}

async function isLink(files: FileSystem, path: string): Promise<boolean> {
  return (await unlessMissing(files.lstat(path)))?.isSymbolicLink() ?? false
}

/** FileError unless a file can be put at the path, as far as that can be known before. */
export async function assertPlainPath(
  files: FileSystem,
  path: string,
  { mayBeLink = false }: { readonly mayBeLink?: boolean } = {},
): Promise<void> {
  await withFileErrors(path, 'written', async () => {
    if (!mayBeLink || !(await isLink(files, path))) await regularFile(files, path)
    // A name that is legal may leave no room for the longer ones beside it.
    await unlessMissing(files.lstat(nextPath(path)))
  })
  const directory = dirname(path)
  await withFileErrors(directory, 'written', () => files.access(directory, constants.W_OK | constants.X_OK))
}

/** FileError when something is there. */
export async function assertNothingAt(files: FileSystem, path: string): Promise<void> {
  const stats = await withFileErrors(path, 'read', () => regularFile(files, path))
  if (stats === undefined) return
  throw new FileError(`${path} exists and was left as it was`, {
    code: 'exists',
    hint: `--force replaces it; or move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`,
    facts: { path },
  })
}

/** Where the next content waits, and where the last one is kept, until all files are published. */
export function nextPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.certctl-new`)
}

export function lastPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.certctl-old`)
}
