import { mkdtemp, readFile, readdir, lstat, readlink, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

/** Gives each test directories of its own, and removes them after it. */
export function useTemporaryDirectories(): () => Promise<string> {
  const made: string[] = []
  afterEach(async () => {
    for (const path of made.splice(0)) await rm(path, { recursive: true, force: true })
  })
  return async () => {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'certctl-files-')))
    made.push(path)
    return path
  }
}

/** Everything below a directory: path, then mode and content, or the target of a link. */
export async function treeOf(directory: string, prefix = ''): Promise<Record<string, string>> {
  const tree: Record<string, string> = {}
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name)
    const stats = await lstat(path)
    const mode = (stats.mode & 0o777).toString(8)
    if (stats.isSymbolicLink()) tree[prefix + name] = `-> ${await readlink(path)}`
    else if (stats.isFile()) tree[prefix + name] = `${mode} ${await readFile(path, 'utf8')}`
    else Object.assign(tree, { [prefix + name]: mode }, await treeOf(path, `${prefix}${name}/`))
  }
  return tree
}
