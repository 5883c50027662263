import { mkdir, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { filesOf, stableNames, type CertificateSet } from '../../../src/files/certificate-set.ts'
import type { FileSystem } from '../../../src/files/file-system.ts'
import { PublishJournal } from '../../../src/files/plain/publish-journal.ts'
import { readMark, readThroughLive, setOf, setWithoutKey } from './certificate-sets.ts'
import { noteSyncs, quickFiles, stopAt, type Stop } from './stopping-file-system.ts'
import { treeOf, useTemporaryDirectories } from './temporary-directory.ts'

const temporaryDirectory = useTemporaryDirectories()

interface Scenario {
  readonly title: string
  readonly prepare: (directory: string) => Promise<unknown>
  readonly next: CertificateSet
  /** Names that certctl did not make and does not touch. */
  readonly others?: readonly string[]
}

const scenarios: readonly Scenario[] = [
  { title: 'a first publication', prepare: () => Promise.resolve(), next: setOf('new') },
  {
    title: 'a set with fewer files',
    prepare: (directory) => publish(directory, setOf('old')),
    next: setWithoutKey('new'),
  },
  {
    title: 'a set with more files',
    prepare: (directory) => publish(directory, setWithoutKey('old')),
    next: setOf('new'),
  },
  {
    title: 'the replacement of foreign files',
    prepare: writeForeignFiles,
    next: setOf('new'),
    others: ['archive', 'notes'],
  },
  { title: 'the repair of a name that is no link', prepare: publishAndBreak, next: setWithoutKey('new') },
]

describe.each(scenarios)('$title, stopped at every step', { timeout: 60_000 }, ({ prepare, next, others = [] }) => {
  it('leaves everything as it was when a call fails, and nothing of the new set', async () => {
    await atEveryStep('once', prepare, next, async ({ root, directory, before, error }) => {
      if (error === undefined) {
        await publish(directory, next)
        return expectComplete(directory, next, others)
      }
      expect(error).toBeInstanceOf(FileError)
      expect(error).toMatchObject({ code: 'disk-full', exitCode: 7 })
      expect(await treeOf(root)).toEqual(before)
    })
  })

  it('shows the old set or the new one after a kill, and the next run clears what was left', async () => {
    await atEveryStep('forever', prepare, next, async ({ directory, view }) => {
      await expectOneSet(directory, view, next)
      await publish(directory, next)
      await expectComplete(directory, next, others)
    })
  })
})

describe('going back for other readers than before, stopped at every step', { timeout: 60_000 }, () => {
  it.each<Stop>(['once', 'forever'])('(%s) shows one set, and the old one only to its new readers', async (stop) => {
    const seen = new Set<string>()
    for (let at = 1, isOver = false; !isOver; at += 1) {
      const directory = join(await temporaryDirectory(), 'www')
      const place = openCertificateDirectory(directory, quickFiles)
      await place.publish(setOf('old'), { replace: false, access: { keyMode: 0o644 } })
      await publish(directory, setOf('new'))
      const { files, stopped } = stopAt(at, stop)
      const error: unknown = await goBack(directory, files).catch((thrown: unknown) => thrown)
      const { marks, names } = await readThroughLive(directory)
      expect([marks, names.length]).toEqual([[error === undefined ? 'old' : expect.any(String)], stableNames.length])
      seen.add(marks[0]!)
      expect((await stat(join(directory, 'privkey.pem'))).mode & 0o777).toBe(0o600)
      await place.clearLeftovers()
      if (marks[0] === 'new') await goBack(directory, quickFiles)
      expect((await readThroughLive(directory)).marks).toEqual(['old'])
      expect((await stat(join(directory, 'privkey.pem'))).mode & 0o777).toBe(0o600)
      await place.clearLeftovers()
      expect(await readdir(join(directory, '.certctl', 'versions'))).toEqual(['1'])
      expect(await readdir(directory)).toHaveLength(stableNames.length + 2)
      isOver = !stopped()
      if (isOver) expect(at).toBeGreaterThan(40)
    }
    expect(seen).toEqual(new Set(['old', 'new']))
  })
})

describe('publishing before a power loss', () => {
  it('has every file and name on the disk before the link is renamed, and then the link', async () => {
    const directory = join(await temporaryDirectory(), 'www')
    const { files, notes } = noteSyncs()
    await openCertificateDirectory(directory, files).publish(setWithoutKey('1'), { replace: false })
    const version = `${directory}/.certctl/versions/1`
    const contents = ['cert.pem', 'certctl.json', 'chain.pem', 'fullchain.pem'].map((name) => `sync ${version}/${name}`)
    const at = notes.indexOf(`rename ${directory}/.live`)
    // Several are waited for at a time, in any order.
    const directories = [version, dirname(version), `${directory}/.certctl`, directory, dirname(directory)]
    const names = directories.map((path) => `sync ${path}`)
    expect(notes.slice(0, at)).toEqual(expect.arrayContaining([...contents, ...names]))
    expect(notes.slice(at)).toEqual([`rename ${directory}/.live`, `sync ${directory}`])
  })
})

describe('publishing beside readers', () => {
  it('never shows files of two issuances through one look at .live', async () => {
    const directory = join(await temporaryDirectory(), 'www')
    await publish(directory, setOf('0'))
    let publishing = true
    const writer = async () => {
      for (let round = 1; round <= 40; round += 1)
        await publish(directory, round % 2 ? setOf(`${round}`) : setWithoutKey(`${round}`))
      publishing = false
    }
    const seen = new Set<string>()
    const reader = async () => {
      while (publishing) {
        const look = await readThroughLive(directory).catch(() => undefined)
        if (look === undefined) continue
        expect(look.marks).toHaveLength(1)
        seen.add(look.marks[0]!)
      }
    }
    await Promise.all([writer(), reader(), reader()])
    expect(seen.size).toBeGreaterThan(3)
  })
})

interface Stopped {
  readonly root: string
  readonly directory: string
  readonly before: Record<string, string>
  readonly view: Record<string, string>
  readonly error: unknown
}

async function atEveryStep(
  stop: Stop,
  prepare: Scenario['prepare'],
  next: CertificateSet,
  check: (stopped: Stopped) => Promise<void>,
): Promise<void> {
  for (let at = 1; ; at += 1) {
    const root = await temporaryDirectory()
    const directory = join(root, 'some where', 'ŵww')
    await prepare(directory)
    const before = await treeOf(root)
    const view = await viewOf(directory)
    const { files, stopped } = stopAt(at, stop)
    const error: unknown = await openCertificateDirectory(directory, files)
      .publish(next, { replace: true })
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
    await check({ root, directory, before, view, error })
    if (!stopped()) {
      expect(at).toBeGreaterThan(40)
      return
    }
  }
}

async function publish(directory: string, set: CertificateSet): Promise<void> {
  await openCertificateDirectory(directory, quickFiles).publish(set, { replace: true })
}

async function goBack(directory: string, files: FileSystem): Promise<void> {
  const place = openCertificateDirectory(directory, files)
  const [version] = await place.before()
  const journal = new PublishJournal(join(dirname(directory), 'state'), directory, files)
  const more = { journal, plainFiles: [], remember: () => Promise.resolve() }
  await place.goBack(version!, await place.readBefore(version!), { more })
}

async function publishAndBreak(directory: string): Promise<void> {
  await publish(directory, setOf('old'))
  await writeFile(join(directory, 'plain'), 'cert old\n')
  await rename(join(directory, 'plain'), join(directory, 'cert.pem'))
}

async function writeForeignFiles(directory: string): Promise<void> {
  await mkdir(join(directory, 'archive'), { recursive: true })
  await writeFile(join(directory, 'notes'), 'mine\n')
  await writeFile(join(directory, 'privkey.pem'), 'key old\n', { mode: 0o600 })
  await writeFile(join(directory, 'archive', 'cert1.pem'), 'cert old\n')
  await symlink('archive/cert1.pem', join(directory, 'cert.pem'))
  await symlink('archive/chain1.pem', join(directory, 'chain.pem'))
}

/** The issuance of every file that can be read by its stable name. */
async function viewOf(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => stableNames.includes(name))
  const view = names.map(async (name) => [name, await readMark(join(directory, name)).catch(() => undefined)] as const)
  return Object.fromEntries(
    (await Promise.all(view)).flatMap(([name, mark]) => (mark === undefined ? [] : [[name, mark]])),
  )
}

/** All of the old set or all of the new one, by the stable names and through one look at `.live`. */
async function expectOneSet(directory: string, old: Record<string, string>, next: CertificateSet): Promise<void> {
  const view = await viewOf(directory)
  expect([old, Object.fromEntries(filesOf(next).map(({ name }) => [name, 'new']))]).toContainEqual(view)
  const look = await readThroughLive(directory).catch(() => undefined)
  if (look === undefined) expect(old).not.toHaveProperty(['certctl.json'])
  else expect(look.marks).toEqual([Object.values(view)[0]])
}

async function expectComplete(directory: string, set: CertificateSet, others: readonly string[]): Promise<void> {
  const names = filesOf(set).map(({ name }) => name)
  expect(await readThroughLive(directory)).toEqual({ marks: ['new'], names: names.toSorted() })
  expect(await readdir(directory)).toHaveLength(names.length + 2 + others.length)
  expect(await readdir(directory)).toEqual(expect.arrayContaining([...names, ...others, '.live', '.certctl']))
  for (const name of names) expect(await readMark(join(directory, name))).toBe('new')
  expect(await readdir(join(directory, '.certctl'))).toEqual(['versions'])
  expect((await readdir(join(directory, '.certctl', 'versions'))).length).toBeLessThanOrEqual(3)
}
