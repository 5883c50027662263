import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { FileAccess } from '../files/file-access.ts'
import type { Outputs } from '../files/inventory-entry.ts'
import { shellWord } from '../files/shell-word.ts'

/**
 * Told when files were given to some whom their directory keeps out. It is only opened when it is made: one that was there
 * may be closed on purpose.
 */
export async function closedWarning(
  directory: CertificateDirectory,
  { keyMode, certMode, group }: Outputs,
  access: FileAccess,
): Promise<string | undefined> {
  if (!keyMode && !certMode && !group) return undefined
  if (await directory.letsIn(access)) return undefined
  const path = shellWord(directory.path)
  const who = (((access.keyMode ?? 0) | (access.certMode ?? 0)) & 0o004) === 0 ? 'g' : 'go'
  const open = `chmod ${who}+rx ${path}`
  const way = group ? `chgrp ${shellWord(group)} ${path} && ${open}` : open
  return `the directory keeps out some who may read the files in it; to let them in: ${way}`
}
