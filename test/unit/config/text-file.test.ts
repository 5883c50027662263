import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileTooLargeError, readTextFile } from '../../../src/config/text-file.ts'

describe('a text file', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certctl-text-'))
  })

  afterEach(() => rm(directory, { recursive: true, force: true }))

  function makePipe(): string {
    const path = join(directory, 'pipe')
    execFileSync('mkfifo', [path])
    return path
  }

  it('is read as a whole', async () => {
    const path = join(directory, 'file')
    await writeFile(path, 'ä token\n')
    expect(await readTextFile(path)).toBe('ä token\n')
  })

  it('may be a pipe, whose writer is waited for up to its end', async () => {
    const path = makePipe()
    const read = readTextFile(path)
    const writer = await open(path, 'w')
    await writer.write('a to')
    await writer.write('ken')
    await writer.close()
    expect(await read).toBe('a token')
  })

  it('may be a pipe that nobody has written to', async () => {
    const path = makePipe()
    const read = readTextFile(path)
    const writer = await open(path, 'w')
    await writer.close()
    expect(await read).toBe('')
  })

  it('is not read beyond the limit', async () => {
    const path = join(directory, 'file')
    await writeFile(path, 'x'.repeat(11))
    await expect(readTextFile(path, 10)).rejects.toBeInstanceOf(FileTooLargeError)
    expect(await readTextFile(path, 11)).toHaveLength(11)
  })

  it('is not read beyond the limit from a pipe either', async () => {
    const path = makePipe()
    const read = readTextFile(path, 10)
    await Promise.all([writeFile(path, 'x'.repeat(11)), expect(read).rejects.toBeInstanceOf(FileTooLargeError)])
  })

  it('that is not there is told by the system', async () => {
    await expect(readTextFile(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
