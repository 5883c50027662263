/** What goes wrong again and again for the same reason is told once. */
export class ChangeOfCause {
  #told: string | undefined

  isNew(cause: string): boolean {
    const isNew = cause !== this.#told
    this.#told = cause
    return isNew
  }

  /** True when there was one. */
  clear(): boolean {
    const wasTold = this.#told !== undefined
    this.#told = undefined
    return wasTold
  }
}
