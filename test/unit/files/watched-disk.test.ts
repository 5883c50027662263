import { execFileSync } from 'node:child_process'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemDisk } from '../../../src/files/watched-disk.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'

const newDirectory = useTemporaryDirectories()

describe('the fingerprint of a file', () => {
  it('stays while nothing changes, and changes with content and by replacement', async () => {
    const directory = await newDirectory()
    const path = join(directory, 'token')
    await writeFile(path, 'one')
    const first = await systemDisk.fingerprint(path)
    expect(await systemDisk.fingerprint(path)).toBe(first)
    await writeFile(path, 'another')
    const second = await systemDisk.fingerprint(path)
    await writeFile(`${path}.new`, 'another')
    await rename(`${path}.new`, path)
    const third = await systemDisk.fingerprint(path)
    expect(new Set([first, second, third]).size).toBe(3)
  })

  it('changes when a link on the way is swapped', async () => {
    const directory = await newDirectory()
    for (const version of ['v1', 'v2']) {
      await mkdir(join(directory, version))
      await writeFile(join(directory, version, 'token'), 'same')
    }
    await symlink('v1', join(directory, '..data'))
    await symlink('..data/token', join(directory, 'token'))
    const path = join(directory, 'token')
    const first = await systemDisk.fingerprint(path)
    await symlink('v2', join(directory, '..data_tmp'))
    await rename(join(directory, '..data_tmp'), join(directory, '..data'))
    const second = await systemDisk.fingerprint(path)
    expect([typeof first, typeof second]).toEqual(['string', 'string'])
    expect(second).not.toBe(first)
  })

  it('is none for what is not there, is a directory or would be waited for', async () => {
    const directory = await newDirectory()
    execFileSync('mkfifo', [join(directory, 'pipe')])
    const paths = [join(directory, 'nothing'), directory, join(directory, 'pipe'), '/dev/null']
    expect(await Promise.all(paths.map((path) => systemDisk.fingerprint(path)))).toEqual(paths.map(() => undefined))
  })
})

describe('the way to a file', () => {
  it('is its directory, and that of what a link leads to, with the names that matter there', async () => {
    const directory = await newDirectory()
    const real = join(directory, 'v1')
    await mkdir(real)
    await writeFile(join(real, 'token'), 'x')
    await symlink('v1', join(directory, '..data'))
    await symlink('..data/token', join(directory, 'link'))
    const found = await systemDisk.waypoints(join(directory, 'link'))
    expect(found.map(({ directory: at, names }) => [at, names])).toEqual([
      [directory, ['link', '..data']],
      [real, ['token']],
    ])
  })

  it('has another identity when a directory took the place of one', async () => {
    const directory = await newDirectory()
    const [at, path] = [join(directory, 'd'), join(directory, 'd', 'token')]
    expect(await systemDisk.waypoints(path)).toEqual([])
    await mkdir(at)
    const [first] = await systemDisk.waypoints(path)
    await rename(at, join(directory, 'old'))
    await mkdir(at)
    const [second] = await systemDisk.waypoints(path)
    expect(second?.identity).not.toBe(first?.identity)
  })
})

describe('watching a directory', () => {
  it('tells the names of what happens there, and keeps no process alive', async () => {
    const directory = await newDirectory()
    const names: (string | undefined)[] = []
    const watch = systemDisk.watchDirectory(directory, (name) => names.push(name))
    await writeFile(join(directory, 'token'), 'x')
    for (let tries = 0; tries < 500 && !names.includes('token'); tries += 1) await wait(10)
    expect(names).toContain('token')
    watch.close()
    const source = `require('node:fs').watch(${JSON.stringify(directory)}, { persistent: false })`
    execFileSync(process.execPath, ['-e', source], { timeout: 20_000 })
  })

  it('can be closed after the directory has gone, and throws for one that is not there', async () => {
    const directory = await newDirectory()
    const at = join(directory, 'd')
    expect(() => systemDisk.watchDirectory(at, () => undefined)).toThrow(/ENOENT/)
    await mkdir(at)
    const watch = systemDisk.watchDirectory(at, () => undefined)
    await rm(at, { recursive: true })
    watch.close()
  })
})
