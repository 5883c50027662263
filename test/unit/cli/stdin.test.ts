import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Stdin } from '../../../src/cli/stdin.ts'
import { UsageError } from '../../../src/core/errors.ts'

const calm = new AbortController().signal

function stdinOf(...chunks: readonly (string | Buffer)[]): { stdin: Stdin; opened: () => number } {
  let opened = 0
  const open = () => {
    opened += 1
    return Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
  }
  return { stdin: new Stdin(open), opened: () => opened }
}

describe('standard input', () => {
  it('is not opened before it is read', () => {
    expect(stdinOf('x').opened()).toBe(0)
  })

  it('is read to its end, letters cut by chunks too', async () => {
    const bytes = Buffer.from('a\nü\n')
    expect(await stdinOf(bytes.subarray(0, 3), bytes.subarray(3)).stdin.read('--csr -', calm)).toBe('a\nü\n')
    expect(await stdinOf().stdin.read('--csr -', calm)).toBe('')
  })

  it('is for one flag only', async () => {
    const { stdin } = stdinOf('x')
    await stdin.read('--csr -', calm)
    await expect(stdin.read('--token-file -', calm)).rejects.toThrow(UsageError)
    await expect(stdin.read('--token-file -', calm)).rejects.toThrow(
      "--csr - and --token-file - can't both read standard input",
    )
  })

  it('gives the same to whoever asks again by that flag', async () => {
    const { stdin, opened } = stdinOf('token')
    const first = stdin.read('--token-file -', calm)
    expect(await Promise.all([first, stdin.read('--token-file -', calm)])).toEqual(['token', 'token'])
    expect(await stdin.read('--token-file -', calm)).toBe('token')
    expect(opened()).toBe(1)
  })

  it('is refused beyond 1 MiB, or what is allowed in its place', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024)
    expect(await stdinOf(mebibyte).stdin.read('--csr -', calm)).toHaveLength(1024 * 1024)
    await expect(stdinOf(mebibyte, 'x').stdin.read('--csr -', calm)).rejects.toThrow(/larger than 1 MiB/)
    expect(await stdinOf(mebibyte, 'x').stdin.bytes('FILE -', calm, 2 ** 21)).toHaveLength(2 ** 20 + 1)
    await expect(stdinOf(mebibyte, mebibyte, 'x').stdin.bytes('FILE -', calm, 2 ** 21)).rejects.toThrow(/than 2 MiB/)
  })

  it('is waited for until an interruption', async () => {
    const interruption = new AbortController()
    const input = new PassThrough()
    const reading = new Stdin(() => input).read('--csr -', interruption.signal)
    input.write('half')
    const reason = new Error('interrupted')
    interruption.abort(reason)
    await expect(reading).rejects.toBe(reason)
    expect(input.destroyed).toBe(true)
  })

  it('is not opened after an interruption', async () => {
    const { stdin, opened } = stdinOf('x')
    await expect(stdin.read('--csr -', AbortSignal.abort(new Error('interrupted')))).rejects.toThrow('interrupted')
    expect(opened()).toBe(0)
  })

  it('passes on what goes wrong with it', async () => {
    const input = new PassThrough()
    const reading = new Stdin(() => input).read('--csr -', calm)
    input.destroy(new Error('EIO: i/o error, read'))
    await expect(reading).rejects.toThrow('EIO')
  })
})
