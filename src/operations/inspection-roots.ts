import { FileError } from '../core/errors.ts'
import { readFileBytes } from '../files/read-text-file.ts'
import { shellWord } from '../files/shell-word.ts'
import { Certificate, parseCertificates } from '../pki/certificate.ts'
import { cutLabels, hasPem } from '../pki/pem.ts'

/** The roots in a file, in PEM or one in DER, to hold chains against. FileError for a file without any. */
export async function readRoots(path: string): Promise<readonly Certificate[]> {
  const bytes = await readFileBytes(path)
  const roots = hasPem(bytes) ? rootsInPem(bytes.toString(), path) : [Certificate.parse(bytes) ?? []].flat()
  if (roots.length > 0) return roots
  throw new FileError(`${path} holds no certificate`, {
    code: 'unknown-content',
    hint: `see what it is: certctl inspect ${shellWord(path)}`,
    facts: { path },
  })
}

/** Of a file that was cut short a root is missing, which would make good chains bad ones. */
function rootsInPem(text: string, path: string): readonly Certificate[] {
  if (cutLabels(text).length === 0) return parseCertificates(text, path)
  throw new FileError(`${path} is broken: a PEM block begins that does not end`, {
    code: 'broken',
    hint: 'check that it is whole, and not cut short in the copying',
    facts: { path },
  })
}
