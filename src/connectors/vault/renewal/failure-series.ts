import type { Duration } from '../../../core/duration.ts'
import type { CertctlError } from '../../../core/errors.ts'
import { ConnectionError } from '../../../http/http-client.ts'

/** Failures since the last success, and which of them are worth a loud line. */
export class FailureSeries {
  #count = 0
  #cause: string | undefined
  #leftWhenLoud: Duration | undefined

  get count(): number {
    return this.#count
  }

  /**
   * Adds one. Loud is the first, each change of cause, and the first after half of what was left at the last loud one
   * has passed; `left` is undefined while nobody knows it.
   */
  add(error: CertctlError, left: Duration | undefined): { readonly isLoud: boolean } {
    this.#count += 1
    const cause = causeOf(error)
    const isLoud = cause !== this.#cause || this.#hasHalfPassed(left)
    this.#cause = cause
    if (isLoud || this.#leftWhenLoud === undefined || this.#leftWhenLoud.isLessThan(left ?? this.#leftWhenLoud)) {
      this.#leftWhenLoud = left
    }
    return { isLoud }
  }

  clear(): void {
    this.#count = 0
    this.#cause = undefined
    this.#leftWhenLoud = undefined
  }

  #hasHalfPassed(left: Duration | undefined): boolean {
    if (left === undefined || this.#leftWhenLoud === undefined) return false
    return !this.#leftWhenLoud.times(0.5).isLessThan(left)
  }
}

/** A connection's failure is told apart by its code: the text of a timeout names a length that shrinks with the lease. */
function causeOf(error: CertctlError): string {
  return error instanceof ConnectionError ? error.code : `${error.code} ${error.message}`
}
