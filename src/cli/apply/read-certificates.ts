import { dirname, resolve } from 'node:path'
import { UsageError } from '../../core/errors.ts'
import { utf8Text } from '../../config/yaml-document.ts'
import { systemFiles } from '../../files/file-system.ts'
import { readFileBytes } from '../../files/read-text-file.ts'
import { closestWord } from './closest-word.ts'
import { parseCertificatesFile, type CertificateEntry } from './certificates-file.ts'

/** 16 MiB in bytes: a hundred thousand certificates. */
const largestFile = 16 * 1024 * 1024

/** The entries of the file (`-`: standard input), or those of the names. Paths in it are relative to it. */
export async function readCertificates(
  file: string,
  only: readonly string[],
  readStdin: (limit: number) => Promise<Buffer>,
): Promise<readonly CertificateEntry[]> {
  const isStdin = file === '-'
  const bytes = await (isStdin ? readStdin(largestFile) : readFileBytes(file, systemFiles, largestFile))
  const name = isStdin ? 'standard input' : file
  const base = isStdin ? process.cwd() : dirname(resolve(file))
  const entries = await parseCertificatesFile(utf8Text(bytes, name), name, base)
  const unknown = only.find((one) => !entries.some((entry) => entry.name === one))
  if (unknown !== undefined) throw unknownName(unknown, file, entries)
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
