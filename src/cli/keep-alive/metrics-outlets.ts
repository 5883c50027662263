import type { Clock } from '../../core/clock.ts'
import { errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { exposeMetrics, type Exposition } from '../../metrics/exposition.ts'
import { formatListenAddress, type ListenAddress } from '../../metrics/listen-address.ts'
import type { Exposed } from '../../metrics/scrape-answer.ts'
import { writeMetricsFile } from '../../metrics/textfile.ts'

/** Serves the metrics; a port that is taken is told of and tried again. */
export function serveMetrics(address: ListenAddress, exposed: Exposed, logger: Logger, clock: Clock): Exposition {
  return exposeMetrics({
    ...exposed,
    address,
    clock,
    onListening: (bound) => logger.log('info', 'metrics are served', { listen: formatListenAddress(bound) }),
    onUnavailable: (cause, retryIn) =>
      logger.log('warn', 'metrics cannot be served yet', {
        listen: formatListenAddress(address),
        cause: errorMessage(cause),
        retryInSeconds: retryIn.seconds,
      }),
  })
}

/** Keeps a file at what the metrics are; one write at a time, and what changed meanwhile is in the next. */
export class MetricsFile {
  #writing: Promise<void> | undefined
  #isStale = false
  #toldCause: string | undefined

  constructor(
    private readonly path: string,
    private readonly metrics: Exposed['metrics'],
    private readonly logger: Logger,
  ) {}

  update(): Promise<void> {
    this.#isStale = true
    this.#writing ??= this.#writeWhileStale()
    return this.#writing
  }

  async #writeWhileStale(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      try {
        await writeMetricsFile(this.path, (await this.metrics.text('prometheus')).body)
        this.#toldCause = undefined
      } catch (error) {
        const cause = errorMessage(error)
        if (cause !== this.#toldCause)
          this.logger.log('warn', 'the metrics file cannot be written', { path: this.path, cause })
        this.#toldCause = cause
      }
    }
    this.#writing = undefined
  }
}
