import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { promptFiles } from '../../../src/files/prompt-files.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'

const temporary = useTemporaryDirectories()

describe('calls that are made at once', () => {
  it('fail by a promise all the same, with the system error', async () => {
    const missing = join(await temporary(), 'missing', 'file')
    const calls = [
      () => promptFiles.access(missing),
      () => promptFiles.link(missing, missing),
      () => promptFiles.lstat(missing),
      () => promptFiles.mkdir(missing),
      () => promptFiles.open(missing, 'r'),
      () => promptFiles.readdir(missing),
      () => promptFiles.readlink(missing),
      () => promptFiles.realpath(missing),
      () => promptFiles.rename(missing, missing),
      () => promptFiles.rm(missing),
      () => promptFiles.rmdir(missing),
      () => promptFiles.symlink('x', missing),
      () => promptFiles.unlink(missing),
    ]
    for (const call of calls) {
      const outcome = call()
      await expect(outcome).rejects.toMatchObject({ code: 'ENOENT' })
    }
  })

  it('do to an open file what they say', async () => {
    const path = join(await temporary(), 'file')
    const file = await promptFiles.open(path, 'wx+', 0o600)
    await file.writeFile('hello')
    await file.chmod(0o640)
    await file.chown(process.getuid?.() ?? -1, -1)
    await file.sync()
    expect((await file.stat()).mode & 0o777).toBe(0o640)
    await file.close()
    await expect(file.sync()).rejects.toMatchObject({ code: 'EBADF' })
    expect(await readFile(path, 'utf8')).toBe('hello')
  })

  it('read a file by pieces and as a whole', async () => {
    const directory = await temporary()
    await mkdir(join(directory, 'd'))
    await writeFile(join(directory, 'd', 'file'), 'hello')
    const file = await promptFiles.open(join(directory, 'd', 'file'), 'r')
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, null)
    expect([bytesRead, buffer.toString()]).toEqual([2, 'he'])
    expect(String(await file.readFile())).toBe('llo')
    await file.close()
  })
})
