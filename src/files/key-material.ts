import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileErrors } from './file-error.ts'

/** How files of certificates, requests and keys are called; PKCS#12 as Windows and as everybody else calls it. */
const usual = /\.(?:pem|crt|cer|der|key|csr|p12|pfx)$/i

/**
 * The names in a directory that look like key material, sorted; what begins with a dot is nobody's business, and a pipe or
 * a device is no file to look into: it may be waited for in vain. FileError.
 */
export async function keyMaterialIn(directory: string): Promise<readonly string[]> {
  const names = await withFileErrors(directory, 'read', () => readdir(directory))
  const alike = names.filter((name) => usual.test(name) && !name.startsWith('.')).sort()
  const special = await Promise.all(alike.map((name) => isSpecial(join(directory, name))))
  return alike.filter((_, index) => special[index] !== true)
}

/** A link to nothing is none of them, and so is what can't be looked at: whoever reads it tells. */
async function isSpecial(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}
