import { once } from 'node:events'
import type { Server } from 'node:http'
import { dirname, join } from 'node:path'
import { processEnvironment } from '../../config/environment.ts'
import { runtimeDirectory } from '../../config/paths.ts'
import { systemClock } from '../../core/clock.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { withLock } from '../../files/lock.ts'
import { clearSocketPath, makeSocketDirectory } from '../../files/private-socket.ts'
import { endServer, scrapeServer } from '../../metrics/exposition.ts'
import type { Exposed } from '../../metrics/scrape-answer.ts'
import type { Outlet } from './outlet.ts'

/** Where the instance that keeps the profile's token alive answers; without a profile, the one that goes by variables. */
export function statusSocketPath(profile: string | undefined): string {
  const name = profile === undefined ? 'keep-alive.sock' : `keep-alive@${profile}.sock`
  return join(runtimeDirectory(processEnvironment()), name)
}

/** Answers those who may read this user's files; where it can't, it says so and the loop goes on without. */
export class StatusSocket implements Outlet {
  readonly #path: string
  readonly #server: Server
  readonly #logger: Logger

  constructor(path: string, exposed: Exposed, logger: Logger) {
    this.#path = path
    this.#logger = logger
    this.#server = scrapeServer(exposed)
  }

  async open(): Promise<void> {
    try {
      makeSocketDirectory(this.#path)
      // Two that start at once would each take the other's fresh socket for one that a dead process left.
      await withLock(join(dirname(this.#path), 'locks'), this.#path, { clock: systemClock }, () => this.#listen())
    } catch (error) {
      const hint = error instanceof CertctlError ? error.hint : undefined
      const facts = { socket: this.#path, cause: errorMessage(error), hint }
      this.#logger.log('warn', 'vault keep-alive --status cannot be answered', facts)
    }
  }

  close(): Promise<void> {
    return endServer(this.#server)
  }

  async #listen(): Promise<void> {
    await clearSocketPath(this.#path)
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
