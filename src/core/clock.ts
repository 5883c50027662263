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
  sleep: (duration, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const end = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.max(0, duration.milliseconds))
      signal?.addEventListener('abort', end)
    }),
}

/** CLOCK_MONOTONIC, which all processes of a host share, as systemd wants it. */
export function kernelMicroseconds(): bigint {
  return process.hrtime.bigint() / 1000n
}
