import type { Clock } from '../../core/clock.ts'
import { errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { exposeMetrics, type Exposition } from '../../metrics/exposition.ts'
import { formatListenAddress, type ListenAddress } from '../../metrics/listen-address.ts'
import type { Exposed } from '../../metrics/scrape-answer.ts'
import type { Outlet } from './outlet.ts'

/** Serves the metrics; a port that is taken is told of and tried again. */
export class MetricsListener implements Outlet {
  #exposition: Exposition | undefined

  constructor(
    private readonly address: ListenAddress,
    private readonly exposed: Exposed,
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  open(): void {
    const { address, logger } = this
    this.#exposition = exposeMetrics({
      ...this.exposed,
      address,
      clock: this.clock,
      onListening: (bound) => logger.log('info', 'metrics are served', { listen: formatListenAddress(bound) }),
      onUnavailable: (cause, retryIn) =>
        logger.log('warn', 'metrics cannot be served yet', {
          listen: formatListenAddress(address),
          cause: errorMessage(cause),
          retryInSeconds: retryIn.seconds,
        }),
    })
  }

  async close(): Promise<void> {
    await this.#exposition?.close()
  }
}
