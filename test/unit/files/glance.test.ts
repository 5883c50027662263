import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { glanceAt } from '../../../src/files/glance.ts'
import { setOf, setWithoutKey } from './certificate-sets.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'

const temporary = useTemporaryDirectories()

async function published(set = setOf('one')): Promise<string> {
  const directory = join(await temporary(), 'web')
  await openCertificateDirectory(directory).publish(set, { replace: false })
  return directory
}

/** The published version's own directory. */
function version(directory: string): string {
  return join(directory, '.certctl', 'versions', '1')
}

describe('a glance at a certificate directory', () => {
  it('sees what is published, through a link too', async () => {
    const directory = await published()
    const link = `${directory}-link`
    await symlink(directory, link)
    for (const path of [directory, link]) {
      const glance = glanceAt(path)
      expect(glance).toMatchObject({ cert: 'cert one\n', record: { name: 'one' } })
      expect(glance?.key?.reveal()).toBe('key one\n')
    }
  })

  it('sees that there is no key', async () => {
    expect(glanceAt(await published(setWithoutKey('one')))?.key).toBeUndefined()
  })

  it('sees nothing where there is nothing, and nothing of certctl', async () => {
    const empty = await temporary()
    expect(glanceAt(empty)).toBeUndefined()
    expect(glanceAt(join(empty, 'not-there'))).toBeUndefined()
    await writeFile(join(empty, 'cert.pem'), 'of another program')
    expect(glanceAt(empty)).toBeUndefined()
    const directory = await published()
    await rm(join(version(directory), 'certctl.json'))
    expect(glanceAt(directory)).toBeUndefined()
  })

  it.each([
    ['others may write in the directory', (directory: string) => chmod(directory, 0o777), 'can be written by others'],
    ['others may write a version', (directory: string) => chmod(version(directory), 0o775), 'can be written by others'],
    [
      'others may write the record',
      (directory: string) => chmod(join(version(directory), 'certctl.json'), 0o666),
      'can be written by others',
    ],
    [
      'the record is broken',
      (directory: string) => writeFile(join(version(directory), 'certctl.json'), '{'),
      'is broken: it is no JSON',
    ],
    ['the certificate is missing', (directory: string) => rm(join(version(directory), 'cert.pem')), 'cert.pem is gone'],
    [
      'a link stands in the place of the key',
      async (directory: string) => {
        await rm(join(version(directory), 'privkey.pem'))
        await symlink('/etc/passwd', join(version(directory), 'privkey.pem'))
      },
      'too many links',
    ],
    [
      'a directory stands in the place of .live',
      async (directory: string) => {
        await rm(join(directory, '.live'))
        await mkdir(join(directory, '.live'))
      },
      'is not a link into .certctl/versions',
    ],
    [
      '.live leads elsewhere',
      async (directory: string) => {
        await rm(join(directory, '.live'))
        await symlink('../elsewhere', join(directory, '.live'))
      },
      'is not a link into .certctl/versions',
    ],
  ])('refuses to believe it when %s', async (_, spoil, message) => {
    const directory = await published()
    await spoil(directory)
    expect(() => glanceAt(directory)).toThrow(message)
  })

  it('refuses a file, and a link to nothing', async () => {
    const directory = await temporary()
    await writeFile(join(directory, 'file'), '')
    await symlink('nowhere', join(directory, 'link'))
    expect(() => glanceAt(join(directory, 'file'))).toThrow('is not a directory')
    expect(() => glanceAt(join(directory, 'link'))).toThrow('is a link to nothing')
  })
})
