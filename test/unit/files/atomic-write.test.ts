import { lstat, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeFileAtomically } from '../../../src/files/atomic-write.ts'
import { stopAt } from './stopping-file-system.ts'
import { treeOf, useTemporaryDirectories } from './temporary-directory.ts'
import { withUmask } from './umask.ts'

const temporaryDirectory = useTemporaryDirectories()

describe('writing one file atomically', () => {
  it('makes and replaces it, and leaves nothing beside it', async () => {
    const directory = await temporaryDirectory()
    expect(await writeFileAtomically(join(directory, 'state.json'), 'one', { mode: 0o600 })).toBe(true)
    expect(await writeFileAtomically(join(directory, 'state.json'), Buffer.from('two'), { mode: 0o600 })).toBe(true)
    expect(await treeOf(directory)).toEqual({ 'state.json': '600 two' })
  })

  it.each([
    { umask: 0o022, mode: 0o644, becomes: 0o644 },
    { umask: 0o077, mode: 0o644, becomes: 0o600 },
    { umask: 0o000, mode: 0o600, becomes: 0o600 },
  ])('gives at most the mode, less the umask', async ({ umask, mode, becomes }) => {
    const path = join(await temporaryDirectory(), 'file')
    await withUmask(umask, () => writeFileAtomically(path, 'text', { mode }))
    expect((await lstat(path)).mode & 0o777).toBe(becomes)
  })

  it('does not write what is there already', async () => {
    const path = join(await temporaryDirectory(), 'file')
    await writeFileAtomically(path, 'text', { mode: 0o600 })
    const before = await lstat(path)
    expect(await writeFileAtomically(path, 'text', { mode: 0o600 })).toBe(false)
    expect(await lstat(path)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs })
  })

  it('writes the same content again when the file is readable by too many', async () => {
    const path = join(await temporaryDirectory(), 'file')
    await writeFile(path, 'text', { mode: 0o644 })
    expect(await writeFileAtomically(path, 'text', { mode: 0o600 })).toBe(true)
    expect((await lstat(path)).mode & 0o777).toBe(0o600)
  })

  it('keeps the old content, and nothing else, when any step fails', async () => {
    for (let at = 1; ; at += 1) {
      const directory = await temporaryDirectory()
      const path = join(directory, 'file')
      await writeFile(path, 'old', { mode: 0o600 })
      const { files, stopped } = stopAt(at, 'once')
      const error: unknown = await writeFileAtomically(path, 'new', { mode: 0o600, files }).catch(
        (thrown: unknown) => thrown,
      )
      const [name, ...others] = await readdir(directory)
      expect([name, others]).toEqual(['file', []])
      if (!stopped()) {
        expect(await readFile(path, 'utf8')).toBe('new')
        expect(at).toBeGreaterThan(8)
        return
      }
      expect(error).toMatchObject({ exitCode: 7, message: `${path} cannot be written: no space left on the disk` })
    }
  })

  it('clears what a killed run left, not what a live one is writing', async () => {
    const directory = await temporaryDirectory()
    const dead = spawnSync(process.execPath, ['--version']).pid
    const live = `.file.${process.ppid}-0123abcd.tmp`
    await writeFile(join(directory, `.file.${dead}-0123abcd.tmp`), 'half')
    await writeFile(join(directory, live), 'half')
    await writeFileAtomically(join(directory, 'file'), 'text', { mode: 0o600 })
    expect((await readdir(directory)).sort()).toEqual([live, 'file'])
  })

  it('replaces no link, directory or device', async () => {
    const directory = await temporaryDirectory()
    await symlink('elsewhere', join(directory, 'link'))
    await mkdir(join(directory, 'directory'))
    for (const path of [join(directory, 'link'), join(directory, 'directory'), '/dev/null']) {
      await expect(writeFileAtomically(path, 'text', { mode: 0o600 })).rejects.toMatchObject({
        exitCode: 7,
        message: `${path} is not a regular file, and is not replaced`,
      })
    }
  })

  it('says that the directory is missing', async () => {
    const path = join(await temporaryDirectory(), 'nowhere', 'file')
    await expect(writeFileAtomically(path, 'text', { mode: 0o600 })).rejects.toMatchObject({
      message: `${path} cannot be written: no such file or directory`,
    })
  })
})
