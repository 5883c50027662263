import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { FileError, systemErrorCode } from '../core/errors.ts'
import type { FileSystem } from './file-system.ts'
import { shellWord } from './shell-word.ts'

const run = promisify(execFile)

/**
 * Whether a file that is made at the path gets an access list from its directory. There the umask does not count
 * (acl(5)), which is how to see it: Node can't read such lists, and its own umask is that of all its threads.
 */
export async function inheritsAccess(files: FileSystem, path: string): Promise<boolean> {
  await run('sh', ['-c', 'umask 777 && set -C && : > "$1"', 'sh', path])
  const { mode } = await files.lstat(path)
  await files.unlink(path)
  return (mode & 0o777) !== 0
}

/** Takes the list from a file: else the group's mode would say how much of it counts. FileError. */
export async function dropInheritedAccess(path: string): Promise<void> {
  try {
    await run('setfacl', ['-P', '-b', '--', path])
  } catch (error) {
    const directory = dirname(path)
    const reason = systemErrorCode(error) === 'ENOENT' ? 'setfacl is not installed' : "setfacl can't take it away"
    throw new FileError(`${directory} has a default access list that would let others read the key, and ${reason}`, {
      code: 'access-list',
      hint: `take it from the directory: setfacl -k ${shellWord(directory)}`,
      cause: error,
      facts: { path: directory },
    })
  }
}
