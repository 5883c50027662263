import { Gauge } from 'prom-client'

/** When a command that runs and ends, in cron or CI, did so last. A failed run says nothing of the last success. */
export class RunSeries {
  readonly #run = commandGauge('run', 'When the command last ended, whatever came of it')
  readonly #success = commandGauge('success', 'When the command last ended without a failure')

  get all(): readonly Gauge[] {
    return [this.#run, this.#success]
  }

  ended(command: string, at: Date, isSuccess: boolean): void {
    const seconds = at.getTime() / 1000
    this.#run.set({ command }, seconds)
    if (isSuccess) this.#success.set({ command }, seconds)
  }
}

function commandGauge(what: string, help: string): Gauge {
  return new Gauge({ name: `certctl_last_${what}_timestamp_seconds`, help, labelNames: ['command'], registers: [] })
}
