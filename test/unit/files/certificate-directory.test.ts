import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import type { CertificateSet } from '../../../src/files/certificate-set.ts'
import { record, setOf, setWithoutKey } from './certificate-sets.ts'
import { filesWith } from './stopping-file-system.ts'
import { treeOf, useTemporaryDirectories } from './temporary-directory.ts'
import { withUmask } from './umask.ts'

const temporaryDirectory = useTemporaryDirectories()
const isRoot = process.geteuid?.() === 0

async function published(set: CertificateSet = setOf('1')): Promise<string> {
  const path = join(await temporaryDirectory(), 'www')
  await openCertificateDirectory(path).publish(set, { replace: false })
  return path
}

describe('the layout', () => {
  it('shows stable links into .live, which leads to a version', async () => {
    const directory = await published()
    expect(await treeOf(directory)).toMatchObject({
      'cert.pem': '-> .live/cert.pem',
      'chain.pem': '-> .live/chain.pem',
      'fullchain.pem': '-> .live/fullchain.pem',
      'privkey.pem': '-> .live/privkey.pem',
      'ca.pem': '-> .live/ca.pem',
      'certctl.json': '-> .live/certctl.json',
      '.live': '-> .certctl/versions/1',
    })
    expect(await readFile(join(directory, 'fullchain.pem'), 'utf8')).toBe('fullchain 1\n')
  })

  it('knows of a version beyond the last three, which a run left that was killed before it cleared', async () => {
    const directory = await published()
    for (const mark of ['2', '3']) await openCertificateDirectory(directory).publish(setOf(mark), { replace: true })
    expect(await openCertificateDirectory(directory).hasLeftovers()).toBe(false)
    await cp(join(directory, '.certctl/versions/1'), join(directory, '.certctl/versions/0'), { recursive: true })
    expect(await openCertificateDirectory(directory).hasLeftovers()).toBe(true)
  })

  it('keeps the last three versions', async () => {
    const directory = await published()
    for (const mark of ['2', '3', '4', '5']) {
      await openCertificateDirectory(directory).publish(setOf(mark), { replace: true })
    }
    expect((await readdir(join(directory, '.certctl', 'versions'))).sort()).toEqual(['3', '4', '5'])
  })

  it('has no privkey.pem and ca.pem when they are not given, and an empty chain.pem', async () => {
    const directory = await published({ ...setWithoutKey('1'), chain: '' })
    expect((await readdir(directory)).sort()).toEqual(
      ['.certctl', '.live', 'cert.pem', 'certctl.json', 'chain.pem', 'fullchain.pem'].sort(),
    )
    expect(await readFile(join(directory, 'chain.pem'), 'utf8')).toBe('')
  })

  it('ends every PEM in a newline', async () => {
    const directory = await published({ ...setOf('1'), cert: 'cert 1', key: new Secret('key 1') })
    expect(await readFile(join(directory, 'cert.pem'), 'utf8')).toBe('cert 1\n')
    expect(await readFile(join(directory, 'privkey.pem'), 'utf8')).toBe('key 1\n')
  })

  it('answers with absolute paths, as the operator named the directory', async () => {
    const root = await temporaryDirectory()
    await mkdir(join(root, 'real'))
    await symlink('real', join(root, 'link'))
    const { files } = await openCertificateDirectory(join(root, 'link')).publish(setWithoutKey('1'), { replace: false })
    expect(files).toEqual({
      cert: join(root, 'link', 'cert.pem'),
      chain: join(root, 'link', 'chain.pem'),
      fullchain: join(root, 'link', 'fullchain.pem'),
      key: null,
      ca: null,
    })
    expect(await readdir(join(root, 'real'))).toContain('cert.pem')
    expect((await lstat(join(root, 'link'))).isSymbolicLink()).toBe(true)
  })

  it.each([
    { umask: '022', key: 0o600, other: 0o644, directories: 0o755 },
    { umask: '077', key: 0o600, other: 0o600, directories: 0o700 },
    { umask: '000', key: 0o600, other: 0o644, directories: 0o755 },
  ])(
    'gives modes that the umask $umask can only narrow',
    async ({ umask, key, other, directories }) => {
      const directory = join(await temporaryDirectory(), 'www')
      await mkdir(directory, { mode: 0o755 })
      await withUmask(Number.parseInt(umask, 8), () =>
        openCertificateDirectory(directory).publish(setOf('1'), { replace: false }),
      )
      const version = join(directory, '.certctl', 'versions', '1')
      for (const name of ['cert.pem', 'chain.pem', 'fullchain.pem', 'ca.pem', 'certctl.json']) {
        expect((await lstat(join(version, name))).mode & 0o777).toBe(other)
      }
      expect((await lstat(join(version, 'privkey.pem'))).mode & 0o777).toBe(key)
      expect((await lstat(version)).mode & 0o777).toBe(directories)
    },
    20_000,
  )

  it('writes nothing when the same set is there already', async () => {
    const directory = await published()
    const before = await timesOf(directory)
    await openCertificateDirectory(directory).publish(setOf('1'), { replace: true })
    await openCertificateDirectory(directory).clearLeftovers()
    expect(await timesOf(directory)).toEqual(before)
  })
})

describe('what is there already', () => {
  it('is told apart', async () => {
    const root = await temporaryDirectory()
    await mkdir(join(root, 'empty'))
    await mkdir(join(root, 'foreign'))
    await writeFile(join(root, 'foreign', 'cert.pem'), 'mine\n')
    await openCertificateDirectory(join(root, 'published')).publish(setOf('1'), { replace: false })
    const states = ['absent', 'empty', 'foreign', 'published'].map((name) =>
      openCertificateDirectory(join(root, name)).state(),
    )
    expect(await Promise.all(states)).toEqual(['absent', 'empty', 'foreign', 'published'])
  })

  it('is left as it was unless it may be replaced', async () => {
    const directory = await published()
    const before = await treeOf(directory)
    await expect(openCertificateDirectory(directory).publish(setOf('2'), { replace: false })).rejects.toMatchObject({
      code: 'exists',
      exitCode: 7,
      message: `${directory} exists and was left as it was`,
      hint: '--force replaces it',
    })
    expect(await treeOf(directory)).toEqual(before)
  })

  it('may be an empty directory, which is used as it is', async () => {
    const directory = join(await temporaryDirectory(), 'www')
    await mkdir(directory, { mode: 0o700 })
    await openCertificateDirectory(directory).publish(setOf('1'), { replace: false })
    expect((await lstat(directory)).mode & 0o777).toBe(0o700)
  })

  it('keeps the files that certctl replaced as the version before', async () => {
    const directory = join(await temporaryDirectory(), 'www')
    await mkdir(directory)
    await writeFile(join(directory, 'privkey.pem'), 'mine\n', { mode: 0o600 })
    await openCertificateDirectory(directory).publish(setWithoutKey('1'), { replace: true })
    expect(await readdir(directory)).not.toContain('privkey.pem')
    expect(await readFile(join(directory, '.certctl', 'versions', '1', 'privkey.pem'), 'utf8')).toBe('mine\n')
  })

  it('is refused when it is a file, a link to nothing, or has a directory at a stable name', async () => {
    const root = await temporaryDirectory()
    await writeFile(join(root, 'file'), '')
    await symlink('nowhere', join(root, 'dangling'))
    await symlink('loop', join(root, 'loop'))
    await mkdir(join(root, 'www', 'cert.pem'), { recursive: true })
    const publish = (name: string) => openCertificateDirectory(join(root, name)).publish(setOf('1'), { replace: true })
    await expect(publish('file')).rejects.toMatchObject({ exitCode: 7, message: `${root}/file is not a directory` })
    await expect(publish('file/below')).rejects.toMatchObject({ exitCode: 7, code: 'not-a-directory' })
    await expect(publish('dangling')).rejects.toMatchObject({
      exitCode: 7,
      message: `${root}/dangling is a link to nothing`,
    })
    await expect(publish('loop')).rejects.toMatchObject({ exitCode: 7, code: 'link-loop' })
    await expect(publish('www')).rejects.toMatchObject({ exitCode: 7, code: 'exists' })
    expect(await readdir(join(root, 'www'))).toEqual(['cert.pem'])
  })
})

describe('a target that can not be written', () => {
  it('is told of before an issuer is asked', async () => {
    const path = join(await temporaryDirectory(), 'missing', 'www')
    const readOnly = () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS', syscall: 'access' }))
    const directory = openCertificateDirectory(path, filesWith({ access: readOnly }))
    await expect(directory.assertPublishable({ replace: false })).rejects.toMatchObject({
      exitCode: 7,
      code: 'read-only',
      message: `${path} cannot be written: the file system is read-only`,
    })
  })

  it.runIf(!isRoot)('is told of by its parent when it is not there yet', async () => {
    const root = await temporaryDirectory()
    await chmod(root, 0o500)
    await expect(
      openCertificateDirectory(join(root, 'a', 'b')).assertPublishable({ replace: false }),
    ).rejects.toMatchObject({
      code: 'permission-denied',
    })
  })
})

describe('reading', () => {
  it('gives back what was published', async () => {
    const directory = await published()
    expect(await openCertificateDirectory(directory).read()).toEqual({
      record: record('1'),
      cert: 'cert 1\n',
      chain: 'chain 1\n',
      hasKey: true,
      files: {
        cert: join(directory, 'cert.pem'),
        chain: join(directory, 'chain.pem'),
        fullchain: join(directory, 'fullchain.pem'),
        key: join(directory, 'privkey.pem'),
        ca: join(directory, 'ca.pem'),
      },
    })
    expect((await openCertificateDirectory(directory).readKey())?.reveal()).toBe('key 1\n')
  })

  it('knows when there is no key', async () => {
    const directory = await published(setWithoutKey('1'))
    expect(await openCertificateDirectory(directory).read()).toMatchObject({ hasKey: false, files: { key: null } })
    expect(await openCertificateDirectory(directory).readKey()).toBeUndefined()
  })

  it('says how to make one where there is none', async () => {
    const root = await temporaryDirectory()
    const hint = `make one: certctl issue NAME --out ${root}`
    await expect(openCertificateDirectory(root).read()).rejects.toMatchObject({
      exitCode: 7,
      message: `${root} holds no certificate of certctl`,
      hint,
    })
    await expect(openCertificateDirectory(join(root, 'no where')).readKey()).rejects.toMatchObject({
      message: `${root}/no where does not exist`,
      hint: `make one: certctl issue NAME --out '${root}/no where'`,
    })
  })

  it('names the record that is broken', async () => {
    const directory = await published()
    await writeFile(join(directory, 'certctl.json'), '{')
    await expect(openCertificateDirectory(directory).read()).rejects.toMatchObject({
      exitCode: 7,
      message: `${directory}/certctl.json is broken: it is no JSON`,
    })
  })

  it('clears what a killed run left only when asked to', async () => {
    const directory = await published()
    const leftovers = [join(directory, '.certctl', 'versions', '2'), join(directory, '.live.new')]
    await mkdir(leftovers[0]!)
    await symlink('.certctl/versions/2', leftovers[1]!)
    await openCertificateDirectory(directory).read()
    expect(await readdir(directory)).toContain('.live.new')
    await openCertificateDirectory(directory).clearLeftovers()
    expect(await readdir(directory)).not.toContain('.live.new')
    expect(await readdir(join(directory, '.certctl', 'versions'))).toEqual(['1'])
  })
})

describe('trust', () => {
  it.each(['', '.certctl', '.certctl/versions', '.certctl/versions/1', '.certctl/versions/1/certctl.json'])(
    'is refused when others may write "%s"',
    async (name) => {
      const directory = await published()
      await chmod(join(directory, name), 0o775)
      const path = join(directory, name)
      await expect(openCertificateDirectory(directory).read()).rejects.toMatchObject({
        exitCode: 7,
        code: 'not-trusted',
        message: `${path} can be written by others than its owner`,
        hint: `check what is in it, then: chmod go-w ${path}`,
      })
    },
  )

  it
    .runIf(isRoot)
    .each(['', '.certctl', '.certctl/versions', '.certctl/versions/1', '.certctl/versions/1/certctl.json'])(
    'is refused when "%s" belongs to somebody else',
    async (name) => {
      const directory = await published()
      await chown(join(directory, name), 12345, 12345)
      await expect(openCertificateDirectory(directory).read()).rejects.toMatchObject({
        exitCode: 7,
        code: 'not-trusted',
        message: `${join(directory, name)} belongs to another user (uid 12345)`,
      })
    },
  )

  it('is refused before anything is written', async () => {
    const directory = await published()
    await chmod(directory, 0o777)
    const before = await treeOf(directory)
    await expect(openCertificateDirectory(directory).publish(setOf('2'), { replace: true })).rejects.toMatchObject({
      code: 'not-trusted',
    })
    expect(await treeOf(directory)).toEqual(before)
  })

  it('is not affected by a parent like /tmp', async () => {
    const root = await temporaryDirectory()
    await chmod(root, 0o1777)
    await openCertificateDirectory(join(root, 'www')).publish(setOf('1'), { replace: false })
    expect(await openCertificateDirectory(join(root, 'www')).state()).toBe('published')
  })

  it.each(['../elsewhere', '.certctl/versions/../../elsewhere', '/etc', '.certctl/versions/1/'])(
    'does not follow a .live that leads to %s',
    async (target) => {
      const directory = await published()
      await unlink(join(directory, '.live'))
      await symlink(target, join(directory, '.live'))
      await expect(openCertificateDirectory(directory).read()).rejects.toMatchObject({
        exitCode: 7,
        code: 'foreign-link',
      })
    },
  )

  it('does not follow a link in the place of a record, a version or the store', async () => {
    const root = await temporaryDirectory()
    const elsewhere = join(root, 'elsewhere')
    for (const name of ['.certctl/versions/1/certctl.json', '.certctl/versions/1', '.certctl/versions', '.certctl']) {
      const directory = await published()
      await rename(join(directory, name), elsewhere)
      await symlink(elsewhere, join(directory, name))
      await expect(openCertificateDirectory(directory).read()).rejects.toMatchObject({ exitCode: 7 })
      await rm(elsewhere, { recursive: true })
    }
  })

  it('is not given to a file where the store should be', async () => {
    const directory = join(await temporaryDirectory(), 'www')
    await mkdir(directory)
    await writeFile(join(directory, '.certctl'), '')
    await expect(openCertificateDirectory(directory).publish(setOf('1'), { replace: true })).rejects.toMatchObject({
      message: `${directory}/.certctl is not a directory`,
    })
  })
})

describe('the real path', () => {
  it('is the same by every way to a directory, before it is made and after', async () => {
    const root = await temporaryDirectory()
    await mkdir(join(root, 'real'))
    await symlink('real', join(root, 'link'))
    const ways = [join(root, 'real', 'www'), join(root, 'link', 'www'), join(root, 'link', '..', 'link', 'www')]
    for (const way of ways) expect(await openCertificateDirectory(way).realPath()).toBe(ways[0])
    await openCertificateDirectory(ways[1]!).publish(setOf('1'), { replace: false })
    for (const way of ways) expect(await openCertificateDirectory(way).realPath()).toBe(ways[0])
  })
})

async function timesOf(directory: string): Promise<unknown> {
  const names = await readdir(directory, { recursive: true })
  const paths = [directory, ...names.map((name) => join(directory, name))]
  return Promise.all(
    paths.map(async (path) => {
      const { mtimeMs, ctimeMs, ino } = await lstat(path)
      return { path, mtimeMs, ctimeMs, ino }
    }),
  )
}
