import { mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemFiles } from '../../../src/files/file-system.ts'
import { makeDirectory } from '../../../src/files/make-directory.ts'
import { Rollback } from '../../../src/files/rollback.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'
import { filesWith } from './stopping-file-system.ts'

const temporaryDirectory = useTemporaryDirectories()

describe('a directory that is made', () => {
  it('comes with those above it that are missing, and goes with them', async () => {
    const root = await temporaryDirectory()
    const rollback = new Rollback()
    await makeDirectory(systemFiles, join(root, 'a/b/c'), rollback)
    expect((await stat(join(root, 'a/b/c'))).isDirectory()).toBe(true)
    await rollback.run()
    expect(await readdir(root)).toEqual([])
  })

  it('may be made by another at any moment', async () => {
    const root = await temporaryDirectory()
    const path = join(root, 'a/b/c')
    const files = filesWith({
      // Whoever asks for one below what is missing finds that another has made it, the next time.
      mkdir: (async (asked: string, mode: number) => {
        if (asked === join(root, 'a')) await mkdir(path, { recursive: true })
        return systemFiles.mkdir(asked, mode)
      }) as typeof systemFiles.mkdir,
    })
    await makeDirectory(files, path, new Rollback())
    expect((await stat(path)).isDirectory()).toBe(true)
  })

  it('is refused below a link to nothing', async () => {
    const root = await temporaryDirectory()
    await symlink('nowhere', join(root, 'link'))
    await expect(makeDirectory(systemFiles, join(root, 'link/a'), new Rollback())).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
