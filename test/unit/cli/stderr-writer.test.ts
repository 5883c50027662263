import { describe, expect, it } from 'vitest'
import { writeToStderr } from '../../../src/cli/stderr-writer.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

describe('writeToStderr', () => {
  it('goes on where a write ended early', () => {
    let written = ''
    writeToStderr('größer\n', (bytes) => {
      written += Buffer.from(bytes.subarray(0, 1)).toString('latin1')
      return 1
    })
    expect(Buffer.from(written, 'latin1').toString()).toBe('größer\n')
  })

  it.each(['EPIPE', 'EIO', 'EBADF', 'ENOSPC'])('ends quietly on %s', (code) => {
    let calls = 0
    writeToStderr('line\n', () => {
      calls += 1
      throw systemError(code)
    })
    expect(calls).toBe(1)
  })

  it('waits a little for a reader that is behind, and loses the line of one that is stuck', () => {
    let calls = 0
    let written = 0
    const busy = (free: number) => (bytes: Uint8Array) => {
      calls += 1
      if (calls < free) throw systemError('EAGAIN')
      written += bytes.length
      return bytes.length
    }
    writeToStderr('line\n', busy(3))
    expect([calls, written]).toEqual([3, 5])
    calls = 0
    writeToStderr('line\n', busy(Infinity))
    expect([calls, written]).toEqual([5, 5])
  })
})
