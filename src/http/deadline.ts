import type { Duration } from '../core/duration.ts'

/** The signal's reason when the time for an attempt is over. */
export class DeadlinePassed extends Error {
  constructor(readonly timeout: Duration) {
    super('the time for the request is over')
  }
}

/** Node fires a longer timer at once. */
const longestTimer = 2 ** 31 - 1

/**
 * Runs the work under a signal that is aborted with the caller's, for the caller's reason, or by DeadlinePassed. The
 * timer is a real one: it bounds what the network does, which no fake clock slows down. A caller's abort that comes
 * when the work is beyond recall is left to the deadline.
 */
export async function withDeadline<T>(
  timeout: Duration,
  callers: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  isBeyondRecall: () => boolean = () => false,
): Promise<T> {
  callers?.throwIfAborted()
  const controller = new AbortController()
  const abort = () => {
    if (!isBeyondRecall()) controller.abort(callers?.reason)
  }
  const timer = setTimeout(
    () => controller.abort(new DeadlinePassed(timeout)),
    Math.min(timeout.milliseconds, longestTimer),
  )
  callers?.addEventListener('abort', abort, { once: true })
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    callers?.removeEventListener('abort', abort)
  }
}
