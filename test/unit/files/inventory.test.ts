import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Inventory } from '../../../src/files/inventory.ts'
import { treeOf, useTemporaryDirectories } from './temporary-directory.ts'

const temporaryDirectory = useTemporaryDirectories()

describe('the inventory', () => {
  it('is empty before anything was issued', async () => {
    const state = join(await temporaryDirectory(), 'state')
    expect(await new Inventory(state).list()).toEqual({ directories: [], warnings: [] })
    await new Inventory(state).forget('/etc/ssl/www')
  })

  it('lists directories sorted, each once, until they are forgotten', async () => {
    const inventory = new Inventory(await temporaryDirectory())
    for (const directory of ['/srv/b', '/srv/a', '/srv/b', '/srv/ŵ w']) await inventory.remember(directory)
    expect(await inventory.list()).toEqual({ directories: ['/srv/a', '/srv/b', '/srv/ŵ w'], warnings: [] })
    await inventory.forget('/srv/a')
    expect((await inventory.list()).directories).toEqual(['/srv/b', '/srv/ŵ w'])
  })

  it('is private', async () => {
    const state = await temporaryDirectory()
    await new Inventory(state).remember('/srv/a')
    const [name] = await readdir(join(state, 'certificates'))
    expect(await treeOf(state)).toEqual({
      certificates: '700',
      [`certificates/${name}`]: '600 {"schema":1,"directory":"/srv/a"}\n',
    })
  })

  it('keeps what else an entry says', async () => {
    const state = await temporaryDirectory()
    await new Inventory(state).remember('/srv/a')
    const path = join(state, 'certificates', (await readdir(join(state, 'certificates')))[0]!)
    const entry = '{"schema":1,"directory":"/srv/a","retryAt":"2030-01-01T00:00:00Z"}'
    await writeFile(path, entry)
    await new Inventory(state).remember('/srv/a')
    expect(Object.values(await treeOf(join(state, 'certificates')))).toEqual([`600 ${entry}`])
  })

  it('skips entries that make no sense, with a warning for each', async () => {
    const state = await temporaryDirectory()
    const inventory = new Inventory(state)
    await inventory.remember('/srv/a')
    const entryPath = (digit: string) => join(state, 'certificates', `${digit.repeat(32)}.json`)
    await writeFile(entryPath('0'), '{')
    await writeFile(entryPath('1'), '{"schema":1}')
    await mkdir(entryPath('2'))
    await writeFile(join(state, 'certificates', '.hidden'), 'not ours')
    const { directories, warnings } = await inventory.list()
    expect(directories).toEqual(['/srv/a'])
    expect(warnings.toSorted()).toEqual([
      `${entryPath('0')} is skipped: it is no entry`,
      `${entryPath('1')} is skipped: it is no entry`,
      `${entryPath('2')} is skipped: ${entryPath('2')} cannot be read: it is a directory`,
    ])
  })
})
