import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import type { Logger } from '../../core/log.ts'
import type { KeepAliveReport } from '../../operations/keep-tokens-alive.ts'
import type { TokenWatch } from './token-watch.ts'

/** The last moment that a Date can tell of (ECMA-262). */
const never = new Date(8.64e15)

const longestSleep = Duration.ofHours(1)

export interface Linger {
  /** Null: there is nothing to stay for. */
  readonly until: Date | null
  /** What stays, in words. */
  readonly purpose: string
  readonly stop: AbortSignal
  readonly revival: Revival
  readonly clock: Clock
  readonly logger: Logger
}

/** What is of use while a token lives stays until its end. True when another token came meanwhile. */
export async function linger({ until, purpose, stop, revival, clock, logger }: Linger): Promise<boolean> {
  if (until === null || stop.aborted) return false
  if (until !== never) logger.log('info', `${purpose} until the token expires`, { expiresAt: until.toISOString() })
  const over = AbortSignal.any([stop, revival.next()])
  const isOver = (): boolean => over.aborted || clock.now() >= until
  while (!isOver()) {
    await clock.sleep(Duration.min(Duration.between(clock.now(), until), longestSleep), over)
  }
  if (over.aborted) return !stop.aborted
  logger.log('error', 'vault token expired', { reason: 'ttl', expiresAt: until.toISOString() })
  return false
}

/** A program goes on while its token is good, though the loop has nothing more to do for it. */
export function endOfUse({ ends }: KeepAliveReport, watch: TokenWatch): Date | null {
  const isEndless = ends.length > 0 && ends.every(({ end }) => end.reason === 'nothing-to-renew')
  return isEndless ? never : watch.lastEnd
}

/** Tells those who linger that there is a good token again. */
export class Revival {
  #awaited = new AbortController()

  next(): AbortSignal {
    this.#awaited = new AbortController()
    return this.#awaited.signal
  }

  announce(): void {
    this.#awaited.abort()
  }
}
