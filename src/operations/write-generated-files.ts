import { join, resolve } from 'node:path'
import { FileError } from '../core/errors.ts'
import { writeFileAtomically } from '../files/atomic-write.ts'
import { unlessMissing, withFileErrors } from '../files/file-error.ts'
import { readTextFile } from '../files/read-text-file.ts'
import { systemFiles } from '../files/file-system.ts'
import type { GeneratedFile } from '../generate/generated-file.ts'

export interface WrittenFile extends GeneratedFile {
  readonly path: string
  /** False when the same content was there already. */
  readonly isNew: boolean
}

/** Writes all of them, mode 0644, or none: a file that is there and differs is a FileError unless it may be replaced. */
export async function writeGeneratedFiles(
  files: readonly GeneratedFile[],
  directory: string,
  { mayReplace }: { readonly mayReplace: boolean },
): Promise<readonly WrittenFile[]> {
  const placed = files.map((file) => ({ ...file, path: join(resolve(directory), file.name) }))
  if (!mayReplace) for (const { path, content } of placed) await refuseOther(path, content)
  const written: WrittenFile[] = []
  for (const file of placed) {
    written.push({ ...file, isNew: await writeFileAtomically(file.path, file.content, { mode: 0o644 }) })
  }
  return written
}

async function refuseOther(path: string, content: string): Promise<void> {
  const stats = await withFileErrors(path, 'read', () => unlessMissing(systemFiles.lstat(path)))
  if (stats === undefined || (await readTextFile(path)) === content) return
  throw new FileError(`${path} exists, differs, and was left as it is`, {
    code: 'exists',
    hint: '--force replaces it',
    facts: { path },
  })
}
