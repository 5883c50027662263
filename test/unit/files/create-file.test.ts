import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFile } from '../../../src/files/create-file.ts'
import type { FileSystem } from '../../../src/files/file-system.ts'
import { systemFiles } from '../../../src/files/file-system.ts'
import { filesWith } from './stopping-file-system.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'
import { withUmask } from './umask.ts'

const temporaryDirectory = useTemporaryDirectories()
const own = { uid: process.geteuid!(), gid: process.getegid!() }

/** The real file system, noting mode and size of the file before and after each step on it. */
function noting(notes: string[]): FileSystem {
  const open: FileSystem['open'] = async (path, ...parameters) => {
    const handle = await systemFiles.open(path, ...parameters)
    const note = async (step: string): Promise<void> => {
      const { mode, size } = await handle.stat()
      notes.push(`${step} ${(mode & 0o777).toString(8)} ${size}`)
    }
    await note('open')
    for (const step of ['chown', 'chmod', 'writeFile', 'sync'] as const) {
      const call = handle[step].bind(handle) as (...given: unknown[]) => Promise<unknown>
      Object.assign(handle, { [step]: (...given: unknown[]) => call(...given).then(() => note(step)) })
    }
    return handle
  }
  return filesWith({ open })
}

describe('a file that is made', () => {
  it('is open to its owner alone until it has owner and mode, and empty until then', async () => {
    const notes: string[] = []
    const path = join(await temporaryDirectory(), 'key')
    await withUmask(0, () => createFile(noting(notes), path, 'secret', 0o640, { owner: own, hasExactMode: true }))
    expect(notes).toEqual(['open 600 0', 'chown 600 0', 'chmod 640 0', 'writeFile 640 6', 'sync 640 6'])
  })

  it('has its exact mode under any umask, and less than its mode where that is not exact', async () => {
    const directory = await temporaryDirectory()
    await withUmask(0o077, async () => {
      await createFile(systemFiles, join(directory, 'exact'), '', 0o644, { hasExactMode: true })
      await createFile(systemFiles, join(directory, 'most'), '', 0o644)
    })
    const modes = ['exact', 'most'].map(async (name) => (await stat(join(directory, name))).mode & 0o777)
    expect(await Promise.all(modes)).toEqual([0o644, 0o600])
  })
})
