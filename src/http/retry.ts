import pRetry from 'p-retry'
import type { Clock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { ConnectionError, type HttpReply, type HttpRequest } from './http-client.ts'
import { parseRetryAfter } from './retry-after.ts'

const longestWait = Duration.ofSeconds(60)

export interface RetryRules {
  readonly maxRetries: number
  readonly clock: Clock
}

/** Attempts until a reply stands. After the last attempt a reply is returned as it is, a ConnectionError says how many there were. */
export async function withRetries(
  request: Pick<HttpRequest, 'repeat' | 'isFinal' | 'signal'>,
  { maxRetries, clock }: RetryRules,
  attempt: () => Promise<HttpReply>,
): Promise<HttpReply> {
  let tries = 0
  let sent = false
  const attemptOnce = async (): Promise<HttpReply> => {
    tries += 1
    const reply = await attempt()
    if (mayRepeatAfterReply(request, reply)) throw new PassingReply(reply)
    return reply
  }
  try {
    return await pRetry(attemptOnce, {
      retries: request.repeat === 'never' ? 0 : maxRetries,
      // The waits are ours: p-retry's own know neither the clock nor Retry-After.
      minTimeout: 0,
      onFailedAttempt: ({ error }) => {
        sent ||= !(error instanceof ConnectionError) || error.requestSent
      },
      shouldRetry: async ({ error }) => {
        if (!mayRepeatAfterError(request, error)) return false
        await clock.sleep(
          waitBeforeRetry(tries, askedWait(error, clock.now()), Math.random()),
          request.signal ?? undefined,
        )
        return request.signal?.aborted !== true
      },
    })
  } catch (error) {
    request.signal?.throwIfAborted()
    if (error instanceof PassingReply) return error.reply
    throw error instanceof ConnectionError && tries > 1 ? error.afterTries(tries, sent) : error
  }
}

/** `random` from 0 to 1 keeps hosts from coming back in step. Without a wish of the server each wait is longer than the last. */
export function waitBeforeRetry(tries: number, asked: Duration | undefined, random: number): Duration {
  const jitter = Duration.ofSeconds(0.5 * random)
  if (asked !== undefined) return Duration.min(asked, longestWait).plus(jitter)
  return Duration.ofSeconds(1).plus(jitter).times(tries)
}

class PassingReply extends Error {
  constructor(readonly reply: HttpReply) {
    super()
  }
}

function mayRepeatAfterReply(request: Pick<HttpRequest, 'repeat' | 'isFinal'>, reply: HttpReply): boolean {
  if (request.repeat === 'never' || request.isFinal?.(reply) === true) return false
  if (reply.status === 429 || reply.status === 503) return true
  return request.repeat === 'safe' && (reply.status === 412 || (reply.status >= 500 && reply.status !== 501))
}

function mayRepeatAfterError(request: Pick<HttpRequest, 'repeat'>, error: Error): boolean {
  if (error instanceof PassingReply) return true
  if (!(error instanceof ConnectionError) || isLasting(error)) return false
  return request.repeat === 'safe' || !error.requestSent
}

function isLasting(error: ConnectionError): boolean {
  return error.code.startsWith('tls-') || error.code === 'proxy-refused'
}

function askedWait(error: Error, now: Date): Duration | undefined {
  const value = error instanceof PassingReply ? error.reply.headers.get('retry-after') : undefined
  return value === undefined ? undefined : parseRetryAfter(value, now)
}
