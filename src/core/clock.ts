import { setTimeout as wait } from 'node:timers/promises'
import { Duration } from './duration.ts'

/** The only source of time. The wall clock may jump either way; the monotonic one stands still while the host sleeps. */
export interface Clock {
  now(): Date
  /** Time since an arbitrary origin; never goes back. */
  monotonic(): Duration
  /** Ends after the duration or, without an error, as soon as the signal is aborted. */
  sleep(duration: Duration, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => Duration.ofMilliseconds(performance.now()),
  async sleep(duration, signal) {
    await wait(Math.max(0, duration.milliseconds), undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error
    })
  },
}

/** CLOCK_MONOTONIC, which all processes of a host share, as systemd wants it. */
export function kernelMicroseconds(): bigint {
  return process.hrtime.bigint() / 1000n
}
