/** Whoever is told a second time to stop does not wait for work that is still ending. */
export class EarlyEnd {
  readonly #end: Promise<number>
  #resolve: (status: number) => void = () => undefined

  constructor() {
    this.#end = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** The exit status, once somebody has asked for the end. */
  get requested(): Promise<number> {
    return this.#end
  }

  request(status: number): void {
    this.#resolve(status)
  }
}

/** The one of this process: between the signal that asks and the launcher's last line stands the whole framework. */
export const earlyEnd = new EarlyEnd()
