import { once } from 'node:events'
import type { Server } from 'node:http'
import { dirname, join } from 'node:path'
import { processEnvironment } from '../../config/environment.ts'
import { runtimeDirectory } from '../../config/paths.ts'
import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { withLock } from '../../files/lock.ts'
import { clearSocketPath, isThere, makeSocketDirectory } from '../../files/private-socket.ts'
import { endServer, scrapeServer } from '../../metrics/exposition.ts'
import type { Exposed } from '../../metrics/scrape-answer.ts'
import { ChangeOfCause } from './change-of-cause.ts'
import type { Outlet } from './outlet.ts'

/** Where the instance that keeps the profile's token alive answers; without a profile, the one that goes by variables. */
export function statusSocketPath(profile: string | undefined): string {
  const name = profile === undefined ? 'keep-alive.sock' : `keep-alive@${profile}.sock`
  return join(runtimeDirectory(processEnvironment()), name)
}

/** The directory of a user who logs out goes, and an instance that stood in the way ends. */
const lookAgainIn = Duration.ofSeconds(30)

/** Answers those who may read this user's files; where it can't, it says so and tries again, and the loop goes on. */
export class StatusSocket implements Outlet {
  readonly #path: string
  readonly #server: Server
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #cause = new ChangeOfCause()
  readonly #closing = new AbortController()

  constructor(path: string, exposed: Exposed, logger: Logger, clock: Clock) {
    this.#path = path
    this.#logger = logger
    this.#clock = clock
    this.#server = scrapeServer(exposed)
  }

  async open(): Promise<void> {
    await this.#tryToListen()
    void this.#keepListening()
  }

  close(): Promise<void> {
    this.#closing.abort()
    return endServer(this.#server)
  }

  async #keepListening(): Promise<void> {
    const { signal } = this.#closing
    for (;;) {
      await this.#clock.sleep(lookAgainIn, signal)
      if (signal.aborted) return
      if (!this.#server.listening || !isThere(this.#path)) await this.#tryToListen()
    }
  }

  async #tryToListen(): Promise<void> {
    const socket = this.#path
    try {
      makeSocketDirectory(socket)
      // Two that start at once would each take the other's fresh socket for one that a dead process left.
      const options = { clock: this.#clock, signal: this.#closing.signal }
      await withLock(join(dirname(socket), 'locks'), socket, options, () => this.#listen())
      if (this.#cause.clear()) this.#logger.log('info', 'vault keep-alive --status is answered', { socket })
    } catch (error) {
      const cause = errorMessage(error)
      if (this.#closing.signal.aborted || !this.#cause.isNew(cause)) return
      const hint = error instanceof CertctlError ? error.hint : undefined
      this.#logger.log('warn', 'vault keep-alive --status cannot be answered', { socket, cause, hint })
    }
  }

  async #listen(): Promise<void> {
    await clearSocketPath(this.#path)
    await endServer(this.#server)
    this.#closing.signal.throwIfAborted()
    const listening = once(this.#server, 'listening')
    // The socket is made within this call: there is no moment at which it has another mode.
    const umask = process.umask(0o177)
    try {
      this.#server.listen({ path: this.#path })
    } finally {
      process.umask(umask)
    }
    await listening
  }
}
