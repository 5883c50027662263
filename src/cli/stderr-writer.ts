import { writeSync } from 'node:fs'
import { systemErrorCode } from '../core/errors.ts'

/** Writes some of the bytes and says how many; throws as `fs.writeSync` does. */
export type WriteSome = (bytes: Uint8Array) => number

const patience = { tries: 5, milliseconds: 10 }

/**
 * Writes the text at once. Never throws: a reader that is gone (EPIPE, EIO) ends the log, not the program, and one that
 * leaves a non-blocking pipe full (EAGAIN) for 50 ms loses the line.
 */
export function writeToStderr(text: string, writeSome: WriteSome = (bytes) => writeSync(2, bytes)): void {
  let rest: Uint8Array = Buffer.from(text)
  let tries = patience.tries
  while (rest.length > 0 && tries > 0) {
    try {
      rest = rest.subarray(writeSome(rest))
    } catch (error) {
      if (systemErrorCode(error) !== 'EAGAIN') return
      tries -= 1
      pause(patience.milliseconds)
    }
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
