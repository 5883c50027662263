import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { writeMetricsFile } from '../../../src/metrics/textfile.ts'

const loop = { kind: 'loop' } as const
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
      await writeMetricsFile(path, 'a 1\n', loop)
    } finally {
      process.umask(umask)
    }
    expect(await readFile(path, 'utf8')).toBe('a 1\n')
    expect((await stat(path)).mode & 0o777).toBe(0o644)
  })

  it('clears away what killed runs left, and nothing of one that is at work or of somebody else', async () => {
    const path = join(directory, 'certctl.prom')
    const others = ['certctl.prom.0123456789ab.tmp', 'certctl.prom.old.tmp', 'other.prom.0123456789ab.tmp']
    const left = 'certctl.prom.ba9876543210.tmp'
    for (const name of [...others, left]) await writeFile(join(directory, name), 'a 1\n')
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const name of [...others.slice(1), left]) await utimes(join(directory, name), longAgo, longAgo)
    await writeMetricsFile(path, 'a 1\n', loop)
    expect((await readdir(directory)).toSorted()).toEqual(['certctl.prom', ...others].toSorted())
  })

  it('replaces the file as a whole and leaves no other', async () => {
    const path = join(directory, 'certctl.prom')
    await writeMetricsFile(path, 'a 1\nb 2\n', loop)
    const before = await stat(path)
    await writeMetricsFile(path, 'a 3\n', loop)
    expect(await readFile(path, 'utf8')).toBe('a 3\n')
    expect((await stat(path)).ino).not.toBe(before.ino)
    expect(await readdir(directory)).toEqual(['certctl.prom'])
  })

  it('says that the directory is missing', async () => {
    const writing = writeMetricsFile(join(directory, 'none', 'certctl.prom'), '', loop)
    await expect(writing).rejects.toThrow(FileError)
    await expect(writing).rejects.toThrow(`the directory ${join(directory, 'none')} of the metrics file does not exist`)
  })

  it('says that a file is where the directory should be', async () => {
    await writeFile(join(directory, 'file'), '')
    await expect(writeMetricsFile(join(directory, 'file', 'certctl.prom'), '', loop)).rejects.toThrow(
      /cannot be written: ENOTDIR/,
    )
  })

  it('replaces neither a directory nor a device, also behind a link', async () => {
    await mkdir(join(directory, 'sub'))
    await symlink('/dev/null', join(directory, 'device'))
    for (const name of ['sub', 'device']) {
      await expect(writeMetricsFile(join(directory, name), '', loop)).rejects.toThrow(/is not a regular file/)
    }
    expect((await readdir(directory)).sort()).toEqual(['device', 'sub'])
  })

  it('keeps what other commands told in the same file', async () => {
    const path = join(directory, 'certctl.prom')
    const run = { kind: 'run', isComplete: false } as const
    await writeMetricsFile(path, 'certctl_last_run_timestamp_seconds{command="issue"} 1\n', run)
    await writeMetricsFile(path, 'certctl_last_run_timestamp_seconds{command="renew"} 2\n', run)
    expect(await readFile(path, 'utf8')).toBe(
      'certctl_last_run_timestamp_seconds{command="renew"} 2\ncertctl_last_run_timestamp_seconds{command="issue"} 1\n',
    )
  })

  it('leaves out what another *.prom of the directory has, and no other file', async () => {
    await writeFile(join(directory, 'a.prom'), 'certctl_x{a="1"} 1\n')
    await writeFile(join(directory, 'a.txt'), 'certctl_x{a="2"} 1\n')
    const path = join(directory, 'b.prom')
    const leftOut = await writeMetricsFile(path, 'certctl_x{a="1"} 5\ncertctl_x{a="2"} 5\n', loop)
    expect(await readFile(path, 'utf8')).toBe('certctl_x{a="2"} 5\n')
    expect(leftOut).toEqual([{ path: join(directory, 'a.prom'), series: ['certctl_x{a="1"}'] }])
    expect(await writeMetricsFile(path, 'certctl_x{a="2"} 6\n', loop)).toEqual([])
  })

  it('looks at no other file when the collector does not read this one', async () => {
    await writeFile(join(directory, 'a.prom'), 'certctl_x 1\n')
    await writeMetricsFile(join(directory, 'b.txt'), 'certctl_x 5\n', loop)
    expect(await readFile(join(directory, 'b.txt'), 'utf8')).toBe('certctl_x 5\n')
  })

  it('goes by no other file that is unreadable or too large', async () => {
    await symlink('nowhere', join(directory, 'a.prom'))
    await writeFile(join(directory, 'c.prom'), `certctl_x 1\n#${' '.repeat(1024 * 1024)}`)
    await writeMetricsFile(join(directory, 'b.prom'), 'certctl_x 5\n', loop)
    expect(await readFile(join(directory, 'b.prom'), 'utf8')).toBe('certctl_x 5\n')
  })
})
