import { once } from 'node:events'
import { chmod, lstat, mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { assertOwnSocket, clearSocketPath, makeSocketDirectory } from '../../../src/files/private-socket.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'

const newDirectory = useTemporaryDirectories()

describe('the directory of a socket', () => {
  it('is made for its user alone, with what is missing above it', async () => {
    const directory = join(await newDirectory(), 'run', 'certctl')
    makeSocketDirectory(join(directory, 'a.sock'))
    expect((await lstat(directory)).mode & 0o777).toBe(0o700)
    makeSocketDirectory(join(directory, 'b.sock'))
  })

  it('may not be writable by others, a link, or a file', async () => {
    const base = await newDirectory()
    await mkdir(join(base, 'open'))
    await chmod(join(base, 'open'), 0o770)
    await symlink(await newDirectory(), join(base, 'link'))
    await symlink('nowhere', join(base, 'dangling'))
    await writeFile(join(base, 'file'), '')
    for (const name of ['open', 'link', 'dangling', 'file']) {
      expect(() => makeSocketDirectory(join(base, name, 'a.sock'))).toThrow(FileError)
    }
  })

  it('is not made for a path that the system would cut off', async () => {
    const base = await newDirectory()
    const room = 107 - Buffer.byteLength(`${base}/`)
    expect(() => makeSocketDirectory(`${base}/${'x'.repeat(room)}`)).not.toThrow()
    expect(() => makeSocketDirectory(`${base}/${'x'.repeat(room + 1)}`)).toThrow(/108 bytes, and the system takes 107/)
    expect(() => makeSocketDirectory(`${base}/${'ä'.repeat(room)}`)).toThrow(/the system takes 107/)
  })
})

describe('the place of a socket', () => {
  it('may be empty', async () => {
    await clearSocketPath(join(await newDirectory(), 'a.sock'))
  })

  it('is not taken from one who listens', async () => {
    const path = join(await newDirectory(), 'a.sock')
    const server = createServer().listen(path)
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    await expect(clearSocketPath(path)).rejects.toThrow(`another process listens at ${path}`)
    expect((await lstat(path)).isSocket()).toBe(true)
    expect(() => assertOwnSocket(path)).not.toThrow()
  })

  it('is not taken from a file, nor from what a link leads to', async () => {
    const directory = await newDirectory()
    await writeFile(join(directory, 'file'), 'mine')
    await symlink('file', join(directory, 'link'))
    for (const name of ['file', 'link']) {
      await expect(clearSocketPath(join(directory, name))).rejects.toThrow('is no socket')
      expect(() => assertOwnSocket(join(directory, name))).toThrow('is no socket')
    }
    expect((await lstat(join(directory, 'link'))).isSymbolicLink()).toBe(true)
  })
})
