import { chmod, chown, lstat, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { FileError } from '../../../src/core/errors.ts'
import type { FileOwner } from '../../../src/files/create-file.ts'
import { TokenSink } from '../../../src/files/token-sink.ts'
import { stopAt } from './stopping-file-system.ts'
import { treeOf, useTemporaryDirectories } from './temporary-directory.ts'
import { withUmask } from './umask.ts'

const temporaryDirectory = useTemporaryDirectories()
const isRoot = process.getuid?.() === 0

async function sinkIn({ mode = 0o600, owner }: { mode?: number; owner?: FileOwner } = {}) {
  const directory = await temporaryDirectory()
  const path = join(directory, 'vault-token')
  return { directory, path, sink: new TokenSink(path, { mode, owner }) }
}

describe('a token sink', () => {
  it('holds the token alone, on a line, for its owner', async () => {
    const { directory, sink, path } = await sinkIn()
    expect(sink.path).toBe(path)
    expect(await sink.write(new Secret('hvs.one'))).toBe(true)
    expect(await sink.write(new Secret('hvs.two'))).toBe(true)
    expect(await treeOf(directory)).toEqual({ 'vault-token': '600 hvs.two\n' })
  })

  it('is a path that no later change of directory moves', () => {
    expect(new TokenSink('x/../one', { mode: 0o600, owner: undefined }).path).toBe(join(process.cwd(), 'one'))
  })

  it('is not written again for the token that it has', async () => {
    const { sink, path } = await sinkIn()
    await sink.write(new Secret('hvs.one'))
    const before = await lstat(path)
    expect(await sink.write(new Secret('hvs.one'))).toBe(false)
    expect(await lstat(path)).toMatchObject({ ino: before.ino, ctimeMs: before.ctimeMs })
  })

  it.each([0o000, 0o022, 0o077])('has its mode whatever the umask is (%o)', async (umask) => {
    const { sink, path } = await sinkIn({ mode: 0o640 })
    await withUmask(umask, () => sink.write(new Secret('hvs.one')))
    expect((await lstat(path)).mode & 0o777).toBe(0o640)
  })

  it.each([0o600, 0o644])('is put right when it has another mode (%o), though the token is the same', async (mode) => {
    const { sink, path } = await sinkIn({ mode: 0o640 })
    await writeFile(path, 'hvs.one\n')
    await chmod(path, mode)
    expect(await sink.write(new Secret('hvs.one'))).toBe(true)
    expect((await lstat(path)).mode & 0o777).toBe(0o640)
    expect(await sink.write(new Secret('hvs.one'))).toBe(false)
  })

  it.skipIf(!isRoot)('belongs to whom it should, and is put right when it does not', async () => {
    const { sink, path } = await sinkIn({ owner: { uid: 1234, gid: -1 } })
    await sink.write(new Secret('hvs.one'))
    expect(await lstat(path)).toMatchObject({ uid: 1234, gid: 0 })
    expect(await sink.write(new Secret('hvs.one'))).toBe(false)
    await chown(path, 99, 99)
    expect(await sink.write(new Secret('hvs.one'))).toBe(true)
    expect(await lstat(path)).toMatchObject({ uid: 1234 })
  })

  it('clears what a killed run left, and nothing else', async () => {
    const { directory, sink } = await sinkIn()
    await writeFile(join(directory, '.vault-token.4194999-0123abcd.tmp'), 'hvs.old')
    await writeFile(join(directory, '.other.4194999-0123abcd.tmp'), 'x')
    await sink.write(new Secret('hvs.one'))
    expect((await readdir(directory)).toSorted()).toEqual(['.other.4194999-0123abcd.tmp', 'vault-token'])
  })

  it('keeps the old token, and leaves nothing beside it, when the disk is full at any step', async () => {
    for (let step = 1; ; step += 1) {
      const { directory, path, sink } = await sinkIn()
      await sink.write(new Secret('hvs.old'))
      const { files, stopped } = stopAt(step, 'once')
      const failing = new TokenSink(path, { mode: 0o600, owner: undefined, files })
      const error: unknown = await failing.write(new Secret('hvs.new')).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (!stopped()) break
      if (error) expect(error).toBeInstanceOf(FileError)
      expect(['hvs.old\n', 'hvs.new\n']).toContain(await readFile(path, 'utf8'))
      expect(await readdir(directory)).toEqual(['vault-token'])
    }
  })

  it.each(['link', 'directory', 'device'])('refuses what is no file, at the start and later: a %s', async (what) => {
    const { directory } = await sinkIn()
    await writeFile(join(directory, 'target'), 'old')
    await symlink('target', join(directory, 'link'))
    await mkdir(join(directory, 'directory'))
    const path = what === 'device' ? '/dev/null' : join(directory, what)
    const sink = new TokenSink(path, { mode: 0o600, owner: undefined })
    await expect(sink.assertWritable()).rejects.toMatchObject({ exitCode: 7, code: 'not-regular' })
    await expect(sink.write(new Secret('hvs.one'))).rejects.toMatchObject({ exitCode: 7 })
    expect(await readFile(join(directory, 'target'), 'utf8')).toBe('old')
  })

  it('is refused at the start without its directory', async () => {
    const { directory } = await sinkIn()
    const sink = new TokenSink(join(directory, 'nowhere', 'one'), { mode: 0o600, owner: undefined })
    await expect(sink.assertWritable()).rejects.toMatchObject({ exitCode: 7, code: 'not-found' })
  })

  it.skipIf(isRoot)('is refused at the start when its directory may not be written', async () => {
    const { directory, sink } = await sinkIn()
    await chmod(directory, 0o500)
    await expect(sink.assertWritable()).rejects.toMatchObject({ exitCode: 7, code: 'permission-denied' })
    await chmod(directory, 0o700)
  })
})
