/** With the exit status of a command that one ends: 128 and the signal's number (POSIX shells). */
const exitStatuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export type InterruptingSignal = keyof typeof exitStatuses

/** The reason of the abort when a signal ends a command. */
export class InterruptedError extends Error {
  constructor(readonly signal: InterruptingSignal) {
    super(`interrupted by ${signal}`)
    this.name = 'InterruptedError'
  }

  get exitStatus(): number {
    return exitStatuses[this.signal]
  }
}

const controller = new AbortController()

/** Of this process, which runs one command: aborted with an InterruptedError when a signal ends that. */
export const interruption: AbortSignal = controller.signal

export function interrupt(reason: InterruptedError): void {
  controller.abort(reason)
}
