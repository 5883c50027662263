import { basename, dirname, join } from 'node:path'
import { realDirectory } from '../../files/real-target.ts'
import type { ApplyOrder } from '../../operations/apply/apply-order.ts'
import { fileKeys } from '../../operations/outputs/told-outputs.ts'
import type { CertificateEntry } from './certificates-file.ts'

interface Asked {
  readonly entry: CertificateEntry
  readonly order: ApplyOrder
}

/**
 * ConfigError with the place for a directory or file of two entries: each would take it from the other at every run. Paths
 * are compared by where they lead.
 */
export async function refuseSharedTargets(asked: readonly Asked[]): Promise<void> {
  const real = new RealDirectories()
  const directories = await directoriesOf(asked, real)
  const owners = new Map<string, string>()
  for (const { entry, order } of asked) {
    for (const key of fileKeys) {
      const path = order.issue.outputs[key]
      if (path === undefined || path === '') continue
      const target = join(await real.at(dirname(path)), basename(path))
      const owner = owners.get(target)
      if (owner !== undefined)
        throw entry.fault(`${path} is written for "${owner}" already`, key, 'give each certificate a path of its own')
      const around = ancestorsOf(target).flatMap((ancestor) => directories.get(ancestor) ?? [])[0]
      if (around !== undefined) {
        const hint = 'certctl puts all files there already; name a path elsewhere'
        throw entry.fault(`${path} is in the directory of "${around}"`, key, hint)
      }
      owners.set(target, entry.name)
    }
  }
}

/** The names of the entries by their directories' real paths. */
async function directoriesOf(asked: readonly Asked[], real: RealDirectories): Promise<ReadonlyMap<string, string>> {
  const directories = new Map<string, string>()
  for (const { entry, order } of asked) {
    const { path } = order.issue.directory
    const target = await real.at(path)
    const owner = directories.get(target)
    if (owner !== undefined)
      throw entry.fault(`${path} is the directory of "${owner}" already`, 'out', 'give each one of its own')
    directories.set(target, entry.name)
  }
  return directories
}

/** Ten thousand files are in a few directories. */
class RealDirectories {
  readonly #known = new Map<string, Promise<string>>()

  at(path: string): Promise<string> {
    const real = this.#known.get(path) ?? realDirectory(path)
    this.#known.set(path, real)
    return real
  }
}

function ancestorsOf(path: string): readonly string[] {
  const above = dirname(path)
  return above === path ? [] : [above, ...ancestorsOf(above)]
}
