/** The reason of the abort when a signal ends a command; the exit status is 128 and the signal's number (POSIX shells). */
export class InterruptedError extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`)
    this.name = 'InterruptedError'
  }

  get exitStatus(): 130 | 143 {
    return this.signal === 'SIGINT' ? 130 : 143
  }
}
