import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { settledAt } from '../../../src/files/settled.ts'
import { setOf, setWithoutKey } from './certificate-sets.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'

const temporary = useTemporaryDirectories()

async function published(set = setOf('one'), times = 1): Promise<string> {
  const path = join(await temporary(), 'web')
  const directory = openCertificateDirectory(path)
  for (let time = 0; time < times; time += 1) {
    const cert = `cert ${time}\n`
    await directory.publish({ ...set, cert, fullchain: cert + set.chain }, { replace: true })
  }
  return path
}

function writtenLater(path: string): Promise<void> {
  const later = Date.now() / 1000 + 60
  return utimes(path, later, later)
}

describe('a directory that a run has left in order', () => {
  it.each([1, 2, 5])('shows what was published, after %i publications', async (times) => {
    expect(settledAt(await published(setOf('one'), times))).toMatchObject({
      cert: `cert ${times - 1}\n`,
      record: { name: 'one' },
      has: { key: true, ca: true },
    })
  })

  it('shows that there is no key', async () => {
    expect(settledAt(await published(setWithoutKey('one')))?.has).toMatchObject({ key: false })
  })

  it('may hold files of others', async () => {
    const directory = await published()
    await writeFile(join(directory, 'README'), 'ours')
    expect(settledAt(directory)).toBeDefined()
  })
})

describe('a directory that is worth a longer look', () => {
  it.each<[string, (directory: string) => Promise<unknown>]>([
    ['is not there', (directory) => rm(directory, { recursive: true })],
    ['others may change', (directory) => chmod(directory, 0o777)],
    ['has versions that others may change', (directory) => chmod(join(directory, '.certctl/versions'), 0o777)],
    ['has a live version that others may change', (directory) => chmod(join(directory, '.certctl/versions/1'), 0o777)],
    [
      'has a certificate that others may change',
      (directory) => chmod(join(directory, '.certctl/versions/1/cert.pem'), 0o666),
    ],
    ['lost its certificate', (directory) => rm(join(directory, '.certctl/versions/1/cert.pem'))],
    ['has a chain of another size', (directory) => writeFile(join(directory, 'chain.pem'), '')],
    ['has a bundle of another size', (directory) => writeFile(join(directory, 'fullchain.pem'), '')],
    ['has a bundle that was written later', (directory) => writtenLater(join(directory, 'fullchain.pem'))],
    ['has a root that was written later', (directory) => writtenLater(join(directory, 'ca.pem'))],
    ['lost its bundle', (directory) => rm(join(directory, '.certctl/versions/1/fullchain.pem'))],
    ['has a broken record', (directory) => writeFile(join(directory, 'certctl.json'), '{')],
    ['lost its record', (directory) => rm(join(directory, '.certctl/versions/1/certctl.json'))],
    ['leads to no version', (directory) => rm(join(directory, '.live'))],
    ['has a version that a killed run left', (directory) => mkdir(join(directory, '.certctl/versions/2'))],
    ['has a link that a killed run left', (directory) => symlink('.live/cert.pem', join(directory, '.cert.pem.new'))],
    ['shows a name that is not published', (directory) => rm(join(directory, '.certctl/versions/1/ca.pem'))],
  ])('%s', async (_, change) => {
    const directory = await published()
    expect(settledAt(directory)).toBeDefined()
    await change(directory)
    expect(settledAt(directory)).toBeUndefined()
  })

  it('is one that a link leads to: what this host knows of it goes by its real path', async () => {
    const directory = await published()
    await symlink(directory, `${directory}-link`)
    expect(settledAt(`${directory}-link`)).toBeUndefined()
  })
})
