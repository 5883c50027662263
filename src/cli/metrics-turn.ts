import { dirname, join, resolve } from 'node:path'
import { systemClock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { ownStateDirectory } from './host-settings.ts'

const patience = Duration.ofSeconds(5)

/**
 * One writer at a time in a directory of metrics files: each goes by what its own file and the others hold. Where no lock
 * can be had, in time or at all, and as soon as the signal is aborted, it writes without.
 */
export async function writeInTurn<Result>(
  path: string,
  write: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const { withLock } = await import('../files/lock.ts')
  let written: Promise<Result> | undefined
  const writeOnce = (): Promise<Result> => (written ??= write())
  const settled = (): Promise<unknown> => writeOnce().catch(() => undefined)
  const options = { clock: systemClock, wait: patience, ...(signal ? { signal } : {}) }
  await withLock(join(ownStateDirectory(), 'locks'), resolve(dirname(path)), options, settled).catch(() => undefined)
  return writeOnce()
}
