import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { formatTime } from '../../core/time.ts'
import type { Outlet } from './outlet.ts'
import type { ServiceMessages } from './service-messages.ts'
import type { Readiness, TokenWatch } from './token-watch.ts'

export interface SupervisorOptions {
  readonly messages: Pick<ServiceMessages, 'send' | 'close'>
  readonly watch: Pick<TokenWatch, 'health' | 'readiness' | 'isProven' | 'next'>
  readonly clock: Clock
  /** How often the service manager wants to hear of a healthy loop; undefined when it doesn't. */
  readonly watchdog: Duration | undefined
  /** CLOCK_MONOTONIC in microseconds, by which systemd orders a reload and what comes after it. */
  readonly microseconds: () => bigint
}

/** Between two status lines. */
const statusDistance = Duration.ofSeconds(5)

/** Tells systemd, or who speaks its protocol, what becomes of the service: sd_notify(3). */
export class Supervisor implements Outlet {
  readonly #options: SupervisorOptions
  readonly #closing = new AbortController()
  #isReady = false
  #isStopping = false
  #isStatusStale = false
  #isShowingStatus = false
  #reloads = 0

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  open(): void {
    const { watchdog } = this.#options
    if (watchdog) void this.#watchOver(watchdog.times(0.5))
  }

  observe(): void {
    if (this.#isStopping) return
    if (!this.#isReady && this.#options.watch.isProven) {
      this.#isReady = true
      this.#send(['READY=1', this.#status])
    } else {
      this.#isStatusStale = true
      if (!this.#isShowingStatus) void this.#showStatus()
    }
  }

  reloading(): void {
    this.#reloads += 1
    const { microseconds } = this.#options
    if (this.#isReady && this.#reloads === 1) this.#send(['RELOADING=1', `MONOTONIC_USEC=${microseconds()}`])
  }

  /** One more READY answers all the reloads that were asked for meanwhile. */
  reloaded(): void {
    this.#reloads -= 1
    if (this.#isReady && this.#reloads === 0) this.#send(['READY=1', this.#status])
  }

  stopping(): void {
    this.#isStopping = true
    this.#send(['STOPPING=1', 'STATUS=stopping'])
  }

  close(): Promise<void> {
    this.#closing.abort()
    if (!this.#isStopping) this.stopping()
    return this.#options.messages.close()
  }

  /** However much happens, each message is a process of its own. */
  async #showStatus(): Promise<void> {
    const { signal } = this.#closing
    this.#isShowingStatus = true
    while (this.#isStatusStale && !signal.aborted) {
      this.#isStatusStale = false
      this.#send([this.#status])
      await this.#options.clock.sleep(statusDistance, signal)
    }
    this.#isShowingStatus = false
  }

  /** What does not turn any more is not spoken for: the service manager then restarts it. */
  async #watchOver(distance: Duration): Promise<void> {
    const { clock, watch } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      if (watch.health.ok) this.#send(['WATCHDOG=1', this.#status])
      await clock.sleep(distance, signal)
    }
  }

  #send(assignments: readonly string[]): void {
    this.#options.messages.send(assignments)
  }

  get #status(): string {
    const { watch, clock } = this.#options
    const { renewalAt, issuer, expiresAt } = watch.next
    const left = expiresAt && Math.max(0, Math.floor(Duration.between(clock.now(), expiresAt).seconds))
    const parts = [
      standing(watch.readiness),
      renewalAt && `next renewal ${formatTime(renewalAt)} (${issuer})`,
      expiresAt && `${left} s left until ${formatTime(expiresAt)}`,
    ]
    return `STATUS=${parts.filter((part) => part !== null).join('; ')}`
  }
}

function standing({ ok, tokens, notReady, issuers }: Readiness): string {
  const count = tokens === 1 ? '1 token' : `${tokens} tokens`
  if (ok) return `${count} ready`
  const [first] = issuers
  const why = first ? `: ${first.issuer} ${first.reason}${first.lastError ? ` (${first.lastError.message})` : ''}` : ''
  return `${notReady} of ${count} not ready${why}`
}
