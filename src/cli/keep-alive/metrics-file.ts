import { errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { Exposed } from '../../metrics/scrape-answer.ts'
import { writeMetricsFile } from '../../metrics/textfile.ts'
import type { LeftOut } from '../../metrics/textfile-rules.ts'
import { writeInTurn } from '../metrics-turn.ts'
import { leftOutHint } from '../left-out-text.ts'
import { ChangeOfCause } from './change-of-cause.ts'
import type { Outlet } from './outlet.ts'

/** Keeps a file at what the metrics are; one write at a time, and what changed meanwhile is in the next. */
export class MetricsFile implements Outlet {
  #writing: Promise<void> | undefined
  #isStale = false
  readonly #closing = new AbortController()
  readonly #cause = new ChangeOfCause()
  readonly #leftOut = new ChangeOfCause()

  constructor(
    private readonly path: string,
    private readonly metrics: Exposed['metrics'],
    private readonly logger: Logger,
  ) {}

  open(): Promise<void> {
    return this.update()
  }

  observe(): void {
    void this.update()
  }

  close(): Promise<void> {
    this.#closing.abort()
    return this.update()
  }

  update(): Promise<void> {
    this.#isStale = true
    this.#writing ??= this.#writeWhileStale()
    return this.#writing
  }

  async #writeWhileStale(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      try {
        const { body } = await this.metrics.text('prometheus')
        const write = () => writeMetricsFile(this.path, body, { kind: 'loop' })
        this.#tellLeftOut(await writeInTurn(this.path, write, this.#closing.signal))
        this.#cause.clear()
      } catch (error) {
        const cause = errorMessage(error)
        if (this.#cause.isNew(cause)) this.#warn('the metrics file cannot be written', { cause })
      }
    }
    this.#writing = undefined
  }

  #tellLeftOut(all: readonly LeftOut[]): void {
    if (!this.#leftOut.isNew(all.map(({ path }) => path).join(' '))) return
    for (const { path: other, series } of all) {
      const facts = { other, series: series.length, first: series[0], hint: leftOutHint }
      this.#warn('series are left out of the metrics file: another file of its directory has them', facts)
    }
  }

  #warn(message: string, facts: Readonly<Record<string, string | number | undefined>>): void {
    this.logger.log('warn', message, { path: this.path, ...facts })
  }
}
