import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPipe } from '../../../src/core/named-pipe.ts'

describe('a named pipe', () => {
  let directory: string
  let path: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certctl-pipe-'))
    path = join(directory, 'pipe')
    execFileSync('mkfifo', [path])
  })

  afterEach(() => rm(directory, { recursive: true, force: true }))

  async function contentOf(chunks: AsyncIterable<Buffer>): Promise<string> {
    const parts: Buffer[] = []
    for await (const chunk of chunks) parts.push(chunk)
    return Buffer.concat(parts).toString()
  }

  it('gives what is written to it, up to its end', async () => {
    const pipe = await openPipe(path)
    const writer = await open(path, 'w')
    await writer.write('to')
    await writer.write('ken')
    await writer.close()
    expect(await contentOf(pipe!)).toBe('token')
  })

  it('is not waited for beyond the signal, whose reason is thrown', async () => {
    const controller = new AbortController()
    const pipe = await openPipe(path, controller.signal)
    const reading = expect(contentOf(pipe!)).rejects.toThrow('enough')
    controller.abort(new Error('enough'))
    await reading
  })

  it('is something else than a file', async () => {
    const file = join(directory, 'file')
    await writeFile(file, 'token')
    expect(await openPipe(file)).toBeUndefined()
    await expect(openPipe(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
