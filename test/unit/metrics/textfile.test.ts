import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { writeMetricsFile } from '../../../src/metrics/textfile.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certctl-textfile-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

describe('writeMetricsFile', () => {
  it('makes a file that everybody may read, whatever the umask', async () => {
    const path = join(directory, 'certctl.prom')
    const umask = process.umask(0o077)
    try {
      await writeMetricsFile(path, 'a 1\n')
    } finally {
      process.umask(umask)
    }
    expect(await readFile(path, 'utf8')).toBe('a 1\n')
    expect((await stat(path)).mode & 0o777).toBe(0o644)
  })

  it('replaces the file as a whole and leaves no other', async () => {
    const path = join(directory, 'certctl.prom')
    await writeMetricsFile(path, 'a 1\nb 2\n')
    const before = await stat(path)
    await writeMetricsFile(path, 'a 3\n')
    expect(await readFile(path, 'utf8')).toBe('a 3\n')
    expect((await stat(path)).ino).not.toBe(before.ino)
    expect(await readdir(directory)).toEqual(['certctl.prom'])
  })

  it('says that the directory is missing', async () => {
    const writing = writeMetricsFile(join(directory, 'none', 'certctl.prom'), '')
    await expect(writing).rejects.toThrow(FileError)
    await expect(writing).rejects.toThrow(`the directory ${join(directory, 'none')} of the metrics file does not exist`)
  })

  it('says that a file is where the directory should be', async () => {
    await writeFile(join(directory, 'file'), '')
    await expect(writeMetricsFile(join(directory, 'file', 'certctl.prom'), '')).rejects.toThrow(
      /cannot be written: ENOTDIR/,
    )
  })

  it('replaces neither a directory nor a device, also behind a link', async () => {
    await mkdir(join(directory, 'sub'))
    await symlink('/dev/null', join(directory, 'device'))
    for (const name of ['sub', 'device']) {
      await expect(writeMetricsFile(join(directory, name), '')).rejects.toThrow(/is not a regular file/)
    }
    expect((await readdir(directory)).sort()).toEqual(['device', 'sub'])
  })
})
