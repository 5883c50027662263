import type { FileHandle } from 'node:fs/promises'
import { systemFiles, type FileSystem } from '../../../src/files/file-system.ts'

/** `once`: that one call meets a full disk. `forever`: so does every later one, as if the program were killed there. */
export type Stop = 'once' | 'forever'

interface StoppingFileSystem {
  readonly files: FileSystem
  /** Whether the call was reached. */
  readonly stopped: () => boolean
}

type Call = (...parameters: unknown[]) => Promise<unknown>

/**
 * The real file system, whose call number `at` (from 1; those on open files count too) has half its effect or none, and fails.
 * Syncing is only counted: no reader can see what it does, and a disk takes milliseconds for it.
 */
export function stopAt(at: number, stop: Stop): StoppingFileSystem {
  let calls = 0
  const isStopped = () => (stop === 'once' ? calls === at : calls >= at)
  const fullDisk = (name: string | symbol) =>
    Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: String(name) })
  const guard =
    (target: object, name: string | symbol): Call =>
    async (...parameters) => {
      calls += 1
      const call = Reflect.get(target, name) as Call
      if (!isStopped()) return name === 'sync' ? undefined : wrap(await call.apply(target, parameters))
      if (name === 'close') await call.apply(target, parameters)
      if (name === 'writeFile') await call.call(target, String(parameters[0]).slice(0, 3))
      throw fullDisk(name)
    }
  const renameSync: FileSystem['renameSync'] = (from, to) => {
    calls += 1
    if (isStopped()) throw fullDisk('rename')
    systemFiles.renameSync(from, to)
  }
  const guarded = <Target extends object>(target: Target): Target =>
    new Proxy({} as Target, { get: (_, name) => (name === 'then' ? undefined : guard(target, name)) })
  const wrap = (result: unknown): unknown => (isHandle(result) ? guarded(result) : result)
  const files = Object.assign(Object.create(guarded(systemFiles)) as FileSystem, { renameSync })
  return { files, stopped: () => calls >= at }
}

function isHandle(result: unknown): result is FileHandle {
  return typeof result === 'object' && result !== null && 'sync' in result && 'close' in result
}

/** The real file system without the waiting for the disk. */
export const quickFiles: FileSystem = stopAt(Infinity, 'once').files

/** The real file system with some calls of the test's own. */
export function filesWith(calls: Partial<FileSystem>): FileSystem {
  return Object.assign(Object.create(systemFiles) as FileSystem, calls)
}

/** The real file system, noting what is synced and renamed, in order, as `sync PATH` and `rename PATH`. */
export function noteSyncs(): { files: FileSystem; notes: string[] } {
  const notes: string[] = []
  const open: FileSystem['open'] = async (path, ...parameters) => {
    const handle = await systemFiles.open(path, ...parameters)
    const sync = handle.sync.bind(handle)
    handle.sync = () => {
      notes.push(`sync ${path}`)
      return sync()
    }
    return handle
  }
  const rename: FileSystem['rename'] = (from, to) => {
    notes.push(`rename ${String(to)}`)
    return systemFiles.rename(from, to)
  }
  return { files: filesWith({ open, rename }), notes }
}
