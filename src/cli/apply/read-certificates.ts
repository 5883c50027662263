import { dirname, resolve } from 'node:path'
import { UsageError } from '../../core/errors.ts'
import { readTextFile } from '../../files/read-text-file.ts'
import { closestWord } from './closest-word.ts'
import { parseCertificatesFile, type CertificateEntry } from './certificates-file.ts'

/** The entries of the file (`-`: standard input), or those of the names. Paths in it are relative to it. */
export async function readCertificates(
  file: string,
  only: readonly string[],
  readStdin: () => Promise<string>,
): Promise<readonly CertificateEntry[]> {
  const isStdin = file === '-'
  const text = isStdin ? await readStdin() : await readTextFile(file)
  const base = isStdin ? process.cwd() : dirname(resolve(file))
  const entries = await parseCertificatesFile(text, isStdin ? 'standard input' : file, base)
  for (const name of only) if (!entries.some((entry) => entry.name === name)) throw unknownName(name, file, entries)
  return entries
}

function unknownName(name: string, file: string, entries: readonly CertificateEntry[]): UsageError {
  const match = closestWord(
    name,
    entries.map((entry) => entry.name),
  )
  return new UsageError(`--only ${name}: ${file === '-' ? 'standard input' : file} has no certificate of that name`, {
    hint: match === undefined ? 'write it as "name" has it there' : `did you mean ${match}?`,
  })
}
