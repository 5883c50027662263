import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'

export interface SnapshotOptions {
  /** Whether a change of modification time alone makes a difference. */
  readonly times?: boolean
}

/** Everything below a directory, itself included: mode, owner and content or link target by path; empty when it is not there. */
export async function snapshot(directory: string, options: SnapshotOptions = {}): Promise<Record<string, string>> {
  const stats = await lstat(directory, { bigint: true }).catch(() => undefined)
  if (stats === undefined) return {}
  const time = options.times === true ? ` ${stats.mtimeNs}` : ''
  const facts = `${(stats.mode & 0o7777n).toString(8)} ${stats.uid}${time}`
  if (stats.isSymbolicLink()) return { [directory]: `-> ${await readlink(directory)}${time}` }
  if (!stats.isDirectory())
    return { [directory]: stats.isFile() ? `${facts} ${await readFile(directory, 'latin1')}` : facts }
  const below = await Promise.all((await readdir(directory)).map((name) => snapshot(join(directory, name), options)))
  return Object.assign({ [directory]: facts }, ...below) as Record<string, string>
}
