import { watch } from 'node:fs'
import { readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

export interface DirectoryWatch {
  close(): void
}

/** A directory on the way to a file, and the names in it that lead there. */
export interface Waypoint {
  /** A new directory of the same name has another. */
  readonly identity: string
  readonly directory: string
  readonly names: readonly string[]
}

/** What watching asks of the disk. */
export interface WatchedDisk {
  /** Changes with the regular file that the path leads to, and with the way there; undefined while there is none. */
  fingerprint(path: string): Promise<string | undefined>
  /** Where a change of it happens; without directories that are not there. */
  waypoints(path: string): Promise<readonly Waypoint[]>
  /** `onEvent` is told the name that something happened to, where the system says it. Throws when it can't be watched. */
  watchDirectory(path: string, onEvent: (name: string | undefined) => void): DirectoryWatch
}

export const systemDisk: WatchedDisk = {
  /** Pipes and devices have none: reading them again would wait for ever. */
  async fingerprint(path) {
    try {
      const target = await realpath(path)
      const stats = await stat(target, { bigint: true })
      if (!stats.isFile()) return undefined
      return [target, stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ')
    } catch {
      return undefined
    }
  },

  /** Kubernetes swaps a link beside the link that is read (`..data`), others the file behind it. */
  async waypoints(path) {
    const link = await readlink(path).catch(() => '')
    const target = await realpath(path).catch(() => path)
    const [hop = ''] = link.split('/')
    const ways = [
      { directory: dirname(path), names: [basename(path), ...(hop === '' ? [] : [hop])] },
      { directory: dirname(target), names: [basename(target)] },
    ]
    const known = ways.map(async (way) => {
      const identity = await identityOf(way.directory)
      return identity === undefined ? [] : [{ ...way, identity }]
    })
    return (await Promise.all(known)).flat()
  },

  watchDirectory(path, onEvent) {
    const watcher = watch(path, { persistent: false }, (_kind, name) => onEvent(name ?? undefined))
    // A directory that goes away is looked for at the next poll.
    watcher.on('error', () => watcher.close())
    return { close: () => watcher.close() }
  },
}

async function identityOf(directory: string): Promise<string | undefined> {
  const stats = await stat(directory, { bigint: true }).catch(() => undefined)
  return stats && `${directory} ${stats.dev} ${stats.ino}`
}
