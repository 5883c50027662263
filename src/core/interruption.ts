export type InterruptingSignal = 'SIGINT' | 'SIGTERM'

/** The reason of the abort when a signal ends a command; the exit status is 128 and the signal's number (POSIX shells). */
export class InterruptedError extends Error {
  constructor(readonly signal: InterruptingSignal) {
    super(`interrupted by ${signal}`)
    this.name = 'InterruptedError'
  }

  get exitStatus(): 130 | 143 {
    return this.signal === 'SIGINT' ? 130 : 143
  }
}

const controller = new AbortController()

/** Of this process, which runs one command: aborted with an InterruptedError when a signal ends that. */
export const interruption: AbortSignal = controller.signal

export function interrupt(reason: InterruptedError): void {
  controller.abort(reason)
}
