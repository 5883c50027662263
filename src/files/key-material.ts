import { readdir } from 'node:fs/promises'
import { withFileErrors } from './file-error.ts'

/** How files of certificates, requests and keys are called; PKCS#12 as Windows and as everybody else calls it. */
const usual = /\.(?:pem|crt|cer|der|key|csr|p12|pfx)$/i

/** The names in a directory that look like key material, sorted; what begins with a dot is nobody's business. FileError. */
export async function keyMaterialIn(directory: string): Promise<readonly string[]> {
  const names = await withFileErrors(directory, 'read', () => readdir(directory))
  return names.filter((name) => usual.test(name) && !name.startsWith('.')).sort()
}
