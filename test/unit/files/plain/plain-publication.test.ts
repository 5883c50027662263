import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileError } from '../../../../src/core/errors.ts'
import { openCertificateDirectory } from '../../../../src/files/certificate-directory.ts'
import type { CertificateSet } from '../../../../src/files/certificate-set.ts'
import type { FileSystem } from '../../../../src/files/file-system.ts'
import { setOf, setWithoutKey } from '../certificate-sets.ts'
import { filesWith, noteSyncs, quickFiles, stopAt, type Stop } from '../stopping-file-system.ts'
import { treeOf, useTemporaryDirectories } from '../temporary-directory.ts'
import { expectAll, journalOf, linkElsewhere, makePlace, markAt, moreOf, publishAt, type Place } from './plain-place.ts'

const temporaryDirectory = useTemporaryDirectories()

interface Scenario {
  readonly title: string
  readonly replacesLinks?: boolean
  readonly prepare: (place: Place) => Promise<unknown>
  readonly act: (place: Place, files: FileSystem) => Promise<unknown>
  /** The mark of what is there before, if anything is, and of what is there after. */
  readonly marks: readonly [string | undefined, string]
  readonly next: CertificateSet
}

const fewer: CertificateSet = { ...setWithoutKey('new'), key: setOf('new').key }

const scenarios: readonly Scenario[] = [
  {
    title: 'a first publication',
    prepare: () => Promise.resolve(),
    act: (place, files) => publishAt(place, setOf('new'), files),
    marks: [undefined, 'new'],
    next: setOf('new'),
  },
  {
    title: 'a successor with fewer files',
    prepare: (place) => publishAt(place, setOf('old')),
    act: (place, files) => publishAt(place, fewer, files),
    marks: ['old', 'new'],
    next: fewer,
  },
  {
    title: 'the way back',
    prepare: async (place) => {
      await publishAt(place, setOf('old'))
      await publishAt(place, setOf('other'))
    },
    act: (place, files) => goBackAt(place, setOf('old'), files),
    marks: ['other', 'old'],
    next: setOf('old'),
  },
  {
    title: 'a successor in the place of links that another tool has made,',
    replacesLinks: true,
    prepare: async (place) => {
      await publishAt(place, setOf('old'))
      await linkElsewhere(place)
    },
    act: (place, files) => publishAt(place, setOf('new'), files),
    marks: ['old', 'new'],
    next: setOf('new'),
  },
]

describe.each(scenarios)('$title with files elsewhere, stopped at every step', { timeout: 300_000 }, (scenario) => {
  const [before, after] = scenario.marks

  it('leaves everything as it was when a call fails, and nothing of the new set', async () => {
    await atEveryStep('once', scenario, async (place, { tree, error }) => {
      if (error === undefined) {
        await runAgain(scenario, place)
        return expectAll(place, after)
      }
      expect(error).toBeInstanceOf(FileError)
      expect(error).toMatchObject({ code: 'disk-full', exitCode: 7 })
      expect(await treeOf(place.root)).toEqual(tree)
    })
  })

  it('has each file whole after a kill, and the next run makes them one set', async () => {
    const seen = new Set<string | undefined>()
    await atEveryStep('forever', scenario, async (place) => {
      for (const path of place.plain) expect([before, after]).toContain(await markAt(path))
      await openCertificateDirectory(place.directory, quickFiles).recover(journalOf(place))
      const mark = await markAt(join(place.directory, 'cert.pem'))
      seen.add(mark)
      await expectAll(place, mark)
      await runAgain(scenario, place)
      await expectAll(place, after)
    })
    expect(seen).toEqual(new Set(scenario.marks))
  })
})

describe('files elsewhere alone', () => {
  it('follow the set that is published, without a new version', async () => {
    const place = await newPlace()
    await openCertificateDirectory(place.directory).publish(setOf('1'), { replace: false })
    const { written } = await publishAt(place, setOf('1'))
    expect(written).toEqual(place.plain)
    await expectAll(place, '1')
    expect(await readdir(join(place.directory, '.certctl', 'versions'))).toEqual(['1'])
  })

  it('are not written again when they are there already', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('1'))
    const { files, notes } = noteSyncs()
    expect(await publishAt(place, setOf('1'), files)).toMatchObject({ written: [] })
    expect(notes).toEqual([])
  })

  it('are written anew when others may read them than should', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('1'))
    await chmod(place.plain[2]!, 0o644)
    expect(await publishAt(place, setOf('1'))).toMatchObject({ written: [place.plain[2]] })
    expect(await treeOf(join(place.root, 'two'))).toMatchObject({ 'key.pem': '600 key 1\n' })
  })
})

describe('the exchange', () => {
  it('comes after all is on the disk, in the order given, one name right after the other', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('old'))
    const { files, notes } = noteSyncs()
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      notes.push(`exchange ${String(to)}`)
      quickFiles.renameSync(from, to)
    }
    await publishAt(place, setOf('new'), Object.assign(files, { renameSync }))
    const first = notes.indexOf(`exchange ${place.plain[0]!}`)
    const [prepared, rest] = [notes.slice(0, first), notes.slice(first)]
    expect(rest.slice(0, 3)).toEqual(place.plain.map((path) => `exchange ${path}`))
    for (const path of place.plain) expect(prepared).toContain(`sync ${path.replace(/([^/]+)$/, '.$1.certctl-new')}`)
    for (const directory of [join(place.root, 'one'), join(place.root, 'two')]) {
      expect(prepared).toContain(`sync ${directory}`)
      expect(rest).toContain(`sync ${directory}`)
    }
    expect(prepared.at(-1)).toBe(`sync ${join(place.state, 'journals')}`)
  })

  it('goes back as far as it came when a file cannot be replaced, also without hard links', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('old'))
    const tree = await treeOf(place.root)
    const files = filesWith({ link: () => Promise.reject(systemError('EPERM')), renameSync: refusingAt(3) })
    await expect(publishAt(place, setOf('new'), files)).rejects.toMatchObject({
      message: `${place.plain[2]!} cannot be written: operation not permitted`,
    })
    expect(await treeOf(place.root)).toEqual(tree)
  })

  it('needs no hard links', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('old'))
    await publishAt(place, setOf('new'), filesWith({ link: () => Promise.reject(systemError('EPERM')) }))
    await expectAll(place, 'new')
  })

  it('takes the place of a link only where that is asked for, and leaves what it led to', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('old'))
    await linkElsewhere(place)
    const archive = await treeOf(join(place.root, 'archive'))
    await expect(publishAt(place, setOf('new'))).rejects.toMatchObject({ code: 'not-regular' })
    await publishAt({ ...place, replacesLinks: true }, setOf('new'))
    await expectAll(place, 'new')
    expect(await treeOf(join(place.root, 'archive'))).toEqual(archive)
  })

  it('leaves a file that has come to be where there was to be none', async () => {
    const place = await newPlace()
    await writeFile(place.plain[1]!, 'of another program')
    const before = await treeOf(place.root)
    const more = moreOf(place, setOf('new'), quickFiles)
    const plainFiles = more.plainFiles.map((file) => ({ ...file, isNew: true }))
    const publishing = openCertificateDirectory(place.directory, quickFiles).publish(setOf('new'), {
      replace: true,
      more: { ...more, plainFiles },
    })
    await expect(publishing).rejects.toMatchObject({ code: 'exists', facts: { path: place.plain[1] } })
    expect(await treeOf(place.root)).toEqual(before)
  })

  it('is refused for what is no file, before anything is changed', async () => {
    const place = await newPlace()
    await mkdir(place.plain[1]!)
    await expect(publishAt(place, setOf('new'))).rejects.toMatchObject({ code: 'not-regular' })
    expect(await readdir(place.root)).not.toContain('some where')
  })
})

describe('a journal', () => {
  it('that is ready leads back when its version is gone', async () => {
    const place = await newPlace()
    await writeFile(place.plain[0]!, 'cert old\n')
    await publishAt(place, setOf('new'), stoppedAfterExchange()).catch(() => undefined)
    expect(await markAt(place.plain[0]!)).toBe('new')
    await rm(place.directory, { recursive: true })
    await openCertificateDirectory(place.directory).recover(journalOf(place))
    expect(await markAt(place.plain[0]!)).toBe('old')
    expect(await readdir(join(place.root, 'two'))).toEqual([])
    expect(await readdir(join(place.state, 'journals'))).toEqual([])
  })

  it('of a way back that was itself stopped leads back all the same', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('old'))
    const rename: FileSystem['rename'] = (from, to) =>
      String(from).endsWith('.certctl-old') ? Promise.reject(systemError('EIO')) : quickFiles.rename(from, to)
    const broken = filesWith({ rename, renameSync: refusingAt(3) })
    await expect(publishAt(place, setOf('new'), broken)).rejects.toMatchObject({ code: 'permission-denied' })
    expect(await markAt(place.plain[0]!)).toBe('new')
    await openCertificateDirectory(place.directory).recover(journalOf(place))
    await expectAll(place, 'old')
  })

  it('that cannot be followed leads back, and is told', async () => {
    const place = await newPlace()
    await publishAt(place, setOf('old'))
    await publishAt(place, setOf('new'), stoppedAfterExchange({ exchanges: 1 })).catch(() => undefined)
    expect(await markAt(place.plain[1]!)).toBe('old')
    const directory = openCertificateDirectory(place.directory, filesWith({ renameSync: refusingAt(1) }))
    await expect(directory.recover(journalOf(place))).rejects.toMatchObject({ code: 'permission-denied' })
    await expectAll(place, 'old')
  })

  it('that makes no sense is told once it is ready, and nothing is touched', async () => {
    const place = await newPlace()
    const journal = journalOf(place)
    await journal.begin({ version: 1, paths: [] })
    await journal.markReady()
    const [name] = await readdir(join(place.state, 'journals'))
    await writeFile(join(place.state, 'journals', name!), '{')
    const recovery = openCertificateDirectory(place.directory).recover(journal)
    await expect(recovery).rejects.toMatchObject({ code: 'broken-journal' })
    expect(await readdir(join(place.state, 'journals'))).toEqual([name])
  })

  it('is private', async () => {
    const place = await newPlace()
    await rm(join(place.state, 'journals'), { recursive: true })
    await journalOf(place).begin({ version: 1, paths: [] })
    expect(Object.values(await treeOf(place.state)).slice(1)).toEqual([
      '700',
      '600 {"schema":1,"version":1,"paths":[]}\n',
    ])
  })
})

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'any' })
}

/** A rename that is refused when it is asked for the nth time. */
function refusingAt(n: number): FileSystem['renameSync'] {
  let calls = 0
  return (from, to) => {
    calls += 1
    if (calls === n) throw systemError('EPERM')
    quickFiles.renameSync(from, to)
  }
}

/** A file system that is gone after so many exchanges, as if the program were killed there. */
function stoppedAfterExchange({ exchanges = 3 } = {}): FileSystem {
  const files = filesWith({})
  const stopped = (): Promise<never> => Promise.reject(systemError('EIO'))
  const calls = ['readdir', 'readlink', 'symlink', 'rename', 'link', 'rm', 'unlink', 'lstat', 'open', 'rmdir'] as const
  let done = 0
  const renameSync: FileSystem['renameSync'] = (from, to) => {
    if (done === exchanges) throw systemError('EIO')
    quickFiles.renameSync(from, to)
    done += 1
    if (done === exchanges) for (const name of calls) Object.assign(files, { [name]: stopped })
  }
  return Object.assign(files, { renameSync })
}

async function newPlace(options: { readonly replacesLinks?: boolean | undefined } = {}): Promise<Place> {
  return makePlace(await temporaryDirectory(), options)
}

async function goBackAt(place: Place, set: CertificateSet, files: FileSystem): Promise<void> {
  const directory = openCertificateDirectory(place.directory, files)
  const [version] = await directory.before()
  await directory.goBack(version!, set, { more: moreOf(place, set, files) })
}

/** Once more: to go back a second time would lead further. */
async function runAgain(scenario: Scenario, place: Place): Promise<void> {
  await openCertificateDirectory(place.directory, quickFiles).recover(journalOf(place))
  await publishAt(place, scenario.next)
}

async function atEveryStep(
  stop: Stop,
  { prepare, act, replacesLinks }: Scenario,
  check: (place: Place, stopped: { tree: Record<string, string>; error: unknown }) => Promise<void>,
): Promise<void> {
  for (let at = 1; ; at += 1) {
    const place = await newPlace({ replacesLinks })
    await prepare(place)
    const tree = await treeOf(place.root)
    const { files, stopped } = stopAt(at, stop)
    const error: unknown = await act(place, files).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    await check(place, { tree, error })
    if (!stopped()) {
      expect(at).toBeGreaterThan(60)
      return
    }
  }
}
