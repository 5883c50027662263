import { basename, dirname, join } from 'node:path'
import type { FileSystem } from './file-system.ts'

/** Puts a link in the place of whatever stands at the path, by one rename. */
export async function replaceByLink(files: FileSystem, target: string, path: string): Promise<void> {
  const temporary = temporaryLinkPath(path)
  await files.symlink(target, temporary)
  try {
    await files.rename(temporary, path)
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

/** `DIR/.cert.pem.new` for `DIR/cert.pem`: one name for each link, so that the next run finds what a killed one left. */
export function temporaryLinkPath(path: string): string {
  return join(dirname(path), `.${basename(path).replace(/^\./, '')}.new`)
}
