import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The regular files in a directory and those below it, sorted. A link to a file counts, a link to a directory doesn't:
 * in a Kubernetes volume it leads to what is found anyway, elsewhere perhaps in a circle.
 */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const files: string[] = []
  const entries = await readdir(directory, { withFileTypes: true })
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) files.push(...(await filesBelow(path)))
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isNoDirectory(path)))) files.push(path)
  }
  return files
}

// A link to nothing is listed too, so that reading it tells.
async function isNoDirectory(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return !stats?.isDirectory()
}
