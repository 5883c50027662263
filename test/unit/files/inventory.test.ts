import { chmod, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Inventory } from '../../../src/files/inventory.ts'
import { PublishJournal } from '../../../src/files/plain/publish-journal.ts'
import { noteSyncs } from './stopping-file-system.ts'
import { treeOf, useTemporaryDirectories } from './temporary-directory.ts'

const temporaryDirectory = useTemporaryDirectories()

describe('the inventory', () => {
  it('is empty before anything was issued', async () => {
    const state = join(await temporaryDirectory(), 'state')
    expect(await new Inventory(state).list()).toEqual({ directories: [], entries: new Map(), warnings: [] })
    await new Inventory(state).forget('/etc/ssl/www')
  })

  it('lists directories sorted, each once, until they are forgotten', async () => {
    const inventory = new Inventory(await temporaryDirectory())
    for (const directory of ['/srv/b', '/srv/a', '/srv/b', '/srv/ŵ w']) await remember(inventory, directory)
    expect(await inventory.list()).toMatchObject({ directories: ['/srv/a', '/srv/b', '/srv/ŵ w'], warnings: [] })
    await inventory.forget('/srv/a')
    expect((await inventory.list()).directories).toEqual(['/srv/b', '/srv/ŵ w'])
  })

  it('gives with the list the entries that make sense, and are where they belong', async () => {
    const inventory = new Inventory(await temporaryDirectory())
    for (const directory of ['/srv/a', '/srv/b', '/srv/c', '/srv/d']) await remember(inventory, directory)
    await writeFile(inventory.pathOf('/srv/b'), '{"schema":1,"directory":"/srv/b","outputs":7}')
    await chmod(inventory.pathOf('/srv/c'), 0o622)
    await rename(inventory.pathOf('/srv/d'), inventory.pathOf('/srv/e'))
    const { directories, entries, warnings } = await inventory.list()
    expect({ directories, warnings }).toEqual({ directories: ['/srv/a', '/srv/b', '/srv/c', '/srv/d'], warnings: [] })
    expect([...entries]).toEqual([['/srv/a', inventory.read('/srv/a')]])
  })

  it('knows what is gone: a directory without a certificate, and none that a killed run has begun', async () => {
    const state = await temporaryDirectory()
    const inventory = new Inventory(state)
    const directory = join(await temporaryDirectory(), 'web')
    expect(inventory.isGone(directory)).toBe(true)
    const journal = new PublishJournal(state, directory)
    await journal.begin({ version: 1, paths: [] })
    expect(inventory.isGone(directory)).toBe(false)
    await journal.end()
    await mkdir(directory)
    expect(inventory.isGone(directory)).toBe(true)
    await symlink('.certctl/versions/1', join(directory, '.live'))
    expect(inventory.isGone(directory)).toBe(false)
  })

  it('replaces what a killed run left of an entry', async () => {
    const state = await temporaryDirectory()
    const inventory = new Inventory(state)
    await remember(inventory, '/srv/a')
    const [name = ''] = await readdir(join(state, 'certificates'))
    await writeFile(join(state, 'certificates', `.${name}.tmp`), 'half of')
    await inventory.update('/srv/a', (entry) => ({ ...entry, outputs: { certFile: '/srv/a.pem' } }))
    expect(await readdir(join(state, 'certificates'))).toEqual([name])
    expect(inventory.read('/srv/a')).toMatchObject({ outputs: { certFile: '/srv/a.pem' } })
  })

  it('is private', async () => {
    const state = await temporaryDirectory()
    await remember(new Inventory(state), '/srv/a')
    const [name] = await readdir(join(state, 'certificates'))
    expect(await treeOf(state)).toEqual({
      certificates: '700',
      [`certificates/${name}`]: '600 {"schema":1,"directory":"/srv/a"}\n',
    })
  })

  it('keeps what it does not know of an entry', async () => {
    const state = await temporaryDirectory()
    const inventory = new Inventory(state)
    await remember(inventory, '/srv/a')
    await writeFile(
      inventory.pathOf('/srv/a'),
      '{"schema":1,"directory":"/srv/a","retry":{"at":1},"outputs":{"x":[2]}}',
    )
    await inventory.update('/srv/a', (entry) => ({ ...entry, outputs: { ...entry.outputs, certFile: '/srv/a.pem' } }))
    expect(inventory.read('/srv/a')).toEqual({
      schema: 1,
      directory: '/srv/a',
      retry: { at: 1 },
      outputs: { x: [2], certFile: '/srv/a.pem' },
    })
  })

  it('writes nothing when nothing changes', async () => {
    const state = await temporaryDirectory()
    await remember(new Inventory(state), '/srv/a')
    const { files, notes } = noteSyncs()
    await new Inventory(state, files).update('/srv/a', (entry) => ({ ...entry }))
    expect(notes).toEqual([])
    await new Inventory(state, files).update('/srv/a', (entry) => ({ ...entry, outputs: {} }))
    expect(notes).not.toEqual([])
  })

  it('knows nothing of a directory that it was not told of', async () => {
    expect(new Inventory(await temporaryDirectory()).read('/srv/a')).toBeUndefined()
  })

  it.each([
    ['{', 'it is no JSON'],
    ['[]', 'it is no JSON object'],
    ['{"schema":2,"directory":"/srv/a"}', '"schema" is missing or has a wrong value'],
    ['{"schema":1}', '"directory" is missing or has a wrong value'],
    ['{"schema":1,"directory":"/srv/a","outputs":{"keyFile":7}}', '"outputs.keyFile" is missing or has a wrong value'],
  ])('neither believes nor overwrites an entry like %s', async (json, what) => {
    const inventory = new Inventory(await temporaryDirectory())
    await remember(inventory, '/srv/a')
    const path = inventory.pathOf('/srv/a')
    await writeFile(path, json)
    await expect(remember(inventory, '/srv/a')).rejects.toMatchObject({
      code: 'broken-entry',
      message: `${path} is broken: ${what}`,
    })
    expect(await readFile(path, 'utf8')).toBe(json)
  })

  it('does not believe an entry that others may write, or a link', async () => {
    const inventory = new Inventory(await temporaryDirectory())
    await remember(inventory, '/srv/a')
    await chmod(inventory.pathOf('/srv/a'), 0o620)
    expect(() => inventory.read('/srv/a')).toThrow('can be written by others than its owner')
    await rename(inventory.pathOf('/srv/a'), inventory.pathOf('/srv/b'))
    await symlink(inventory.pathOf('/srv/b'), inventory.pathOf('/srv/a'))
    expect(() => inventory.read('/srv/a')).toThrow('too many links')
  })

  it('skips entries that make no sense, with a warning for each', async () => {
    const state = await temporaryDirectory()
    const inventory = new Inventory(state)
    await remember(inventory, '/srv/a')
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

function remember(inventory: Inventory, directory: string): Promise<void> {
  return inventory.update(directory, (entry) => entry)
}
