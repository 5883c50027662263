import { basename } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { type DirectoryWatch, systemDisk, type WatchedDisk } from './watched-disk.ts'

export interface FileWatchSettings {
  readonly paths: readonly string[]
  readonly clock: Clock
  /** Told once of each path when the watch has begun, and then whenever it may have changed. */
  readonly onChange: (path: string) => void
  readonly disk?: WatchedDisk
}

/** The safety net for file systems that tell of nothing, such as a network's. */
const pollInterval = Duration.ofSeconds(30)

/** One replacement makes several events; a writer that truncates first gets the time to write. */
const settling = Duration.ofMilliseconds(100)

/**
 * Watches files by their directories, so that one is followed that is replaced by a rename or by a swap of links, or that
 * is away for a while. Reports too much rather than too little: whoever is told looks at the content.
 */
export class FileWatch {
  readonly #settings: Required<FileWatchSettings>
  readonly #closing = new AbortController()
  readonly #watched = new Map<string, DirectoryWatch>()
  readonly #seen = new Map<string, string | undefined>()
  #names: ReadonlySet<string> = new Set()
  #stirred = new Set<string | undefined>()
  #rest = new AbortController()

  constructor(settings: FileWatchSettings) {
    this.#settings = { disk: systemDisk, ...settings }
    void this.#run()
  }

  /** Nothing is left running, and nobody is told any more. */
  close(): void {
    this.#closing.abort()
    this.#rest.abort()
    for (const watch of this.#watched.values()) watch.close()
    this.#watched.clear()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  async #run(): Promise<void> {
    const { clock } = this.#settings
    for (;;) {
      await this.#look()
      if (this.#isClosed) return
      this.#rest = new AbortController()
      if (this.#stirred.size === 0) await clock.sleep(pollInterval, this.#rest.signal)
      if (this.#stirred.size > 0) await clock.sleep(settling, this.#closing.signal)
    }
  }

  async #look(): Promise<void> {
    const { paths, disk, onChange } = this.#settings
    const stirred = this.#stirred
    this.#stirred = new Set()
    await this.#watchDirectories()
    for (const path of paths) {
      const fingerprint = await disk.fingerprint(path)
      if (this.#isClosed) return
      const isFirst = !this.#seen.has(path)
      const isChanged = fingerprint !== this.#seen.get(path)
      this.#seen.set(path, fingerprint)
      // Two changes within one tick of the file system's clock have one fingerprint.
      const isNamed = stirred.has(basename(path)) && fingerprint !== undefined
      if (isFirst || isChanged || isNamed) onChange(path)
    }
  }

  /** What can't be watched, or is not there yet, is left to the poll. */
  async #watchDirectories(): Promise<void> {
    const { paths, disk } = this.#settings
    const waypoints = (await Promise.all(paths.map((path) => disk.waypoints(path)))).flat()
    if (this.#isClosed) return
    this.#names = new Set(waypoints.flatMap(({ names }) => names))
    const wanted = new Map(waypoints.map(({ identity, directory }) => [identity, directory]))
    for (const [identity, watch] of this.#watched) {
      if (wanted.has(identity)) continue
      watch.close()
      this.#watched.delete(identity)
    }
    for (const [identity, directory] of wanted) if (!this.#watched.has(identity)) this.#watch(identity, directory)
  }

  #watch(identity: string, directory: string): void {
    try {
      const watch = this.#settings.disk.watchDirectory(directory, (name) => this.#stir(name))
      this.#watched.set(identity, watch)
    } catch {
      this.#watched.delete(identity)
    }
  }

  /** Whatever else goes on in the directory is no reason to look. */
  #stir(name: string | undefined): void {
    if (name !== undefined && !this.#names.has(name)) return
    this.#stirred.add(name)
    this.#rest.abort()
  }
}
