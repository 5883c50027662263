import { mkdir, readdir, readFile, rename, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { expect } from 'vitest'
import {
  openCertificateDirectory,
  type MoreToPublish,
  type Published,
} from '../../../../src/files/certificate-directory.ts'
import type { CertificateSet } from '../../../../src/files/certificate-set.ts'
import type { FileSystem } from '../../../../src/files/file-system.ts'
import { Inventory } from '../../../../src/files/inventory.ts'
import type { PlainFile } from '../../../../src/files/plain/plain-file.ts'
import { PublishJournal } from '../../../../src/files/plain/publish-journal.ts'
import { readMark } from '../certificate-sets.ts'
import { quickFiles } from '../stopping-file-system.ts'

/** A certificate directory, the state of a host, and files in two other directories. */
export interface Place {
  readonly root: string
  readonly directory: string
  readonly state: string
  readonly plain: readonly string[]
  /** Whether links at these paths give way. */
  readonly replacesLinks: boolean
}

export async function makePlace(root: string, { replacesLinks = false } = {}): Promise<Place> {
  for (const name of ['one', 'two', 'state', 'state/journals', 'state/certificates']) await mkdir(join(root, name))
  const plain = [join(root, 'one', 'cert.pem'), join(root, 'two', 'chain ŵ.pem'), join(root, 'two', 'key.pem')]
  return { root, directory: join(root, 'some where', 'ŵww'), state: join(root, 'state'), plain, replacesLinks }
}

/** What is published elsewhere becomes links to it, as another tool has them. */
export async function linkElsewhere({ root, plain }: Place): Promise<void> {
  await mkdir(join(root, 'archive'))
  for (const path of plain) {
    const target = join(root, 'archive', basename(path))
    await rename(path, target)
    await symlink(relative(dirname(path), target), path)
  }
}

export function journalOf({ state, directory }: Place, files: FileSystem = quickFiles): PublishJournal {
  return new PublishJournal(state, directory, files)
}

export function plainFiles({ plain, replacesLinks }: Place, set: CertificateSet): readonly PlainFile[] {
  const contents = [set.cert, set.chain, set.key!.reveal()]
  return plain.map((path, index) => ({
    path,
    content: Buffer.from(contents[index]!),
    mode: index === 2 ? 0o600 : 0o644,
    hasExactMode: index === 2,
    replacesLink: replacesLinks,
  }))
}

export function moreOf(place: Place, set: CertificateSet, files: FileSystem): MoreToPublish {
  const inventory = new Inventory(place.state, files)
  return {
    journal: journalOf(place, files),
    plainFiles: plainFiles(place, set),
    remember: async (rollback) => {
      const before = inventory.read(place.directory)
      rollback.add(() => (before ? inventory.update(place.directory, () => before) : inventory.forget(place.directory)))
      await inventory.update(place.directory, (entry) => ({ ...entry, mark: set.record.name }))
    },
  }
}

export async function publishAt(place: Place, set: CertificateSet, files: FileSystem = quickFiles): Promise<Published> {
  const directory = openCertificateDirectory(place.directory, files)
  return directory.publish(set, { replace: true, more: moreOf(place, set, files) })
}

export async function markAt(path: string): Promise<string | undefined> {
  const content = await readFile(path, 'utf8').catch(() => undefined)
  return content === undefined ? undefined : readMark(path)
}

/** Directory, files elsewhere and nothing beside them: all of one set, or nothing at all. */
export async function expectAll(place: Place, mark: string | undefined): Promise<void> {
  for (const path of [...place.plain, join(place.directory, 'cert.pem'), join(place.directory, 'privkey.pem')]) {
    expect([path, await markAt(path)]).toEqual([path, mark])
  }
  const names = mark === undefined ? [[], []] : [['cert.pem'], ['chain ŵ.pem', 'key.pem']]
  expect(await Promise.all(['one', 'two'].map((name) => readdir(join(place.root, name))))).toEqual(names)
  expect(await readdir(join(place.state, 'journals'))).toEqual([])
}
