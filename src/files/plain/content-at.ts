import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { systemErrorCode } from '../../core/errors.ts'

/**
 * What a file holds; undefined where there is none, `foreign` where something else than a regular file is, `unknown` where
 * that can't be told. A link is something else unless links are followed.
 */
export function contentAt(
  path: string,
  { followsLinks = false }: { readonly followsLinks?: boolean } = {},
): Buffer | 'foreign' | 'unknown' | undefined {
  const links = followsLinks ? 0 : constants.O_NOFOLLOW
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | links)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    // A link, or a socket: open(2).
    return code === 'ELOOP' || code === 'ENXIO' ? 'foreign' : 'unknown'
  }
  try {
    return fstatSync(descriptor).isFile() ? readFileSync(descriptor) : 'foreign'
  } catch {
    return 'unknown'
  } finally {
    closeSync(descriptor)
  }
}
