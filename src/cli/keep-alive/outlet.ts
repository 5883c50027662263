import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'

/** A place outside of the process that is shown what the loops do. What goes wrong with it never hurts a loop. */
export interface Outlet {
  /** Before the first loop starts; never rejects. */
  open?(): void | Promise<void>
  /** Metrics and watch know of the event already; must not throw. */
  observe?(issuer: string, event: RenewerEvent): void
  /** A signal asks for credentials and settings to be read again, and later it has been done. */
  reloading?(): void
  reloaded?(): void
  /** A signal asks for the end; what is open goes on until `close`. */
  stopping?(): void
  /** Ends at once when `isStopped`; otherwise what was told last may take a moment to get through. Never rejects. */
  close?(isStopped: boolean): void | Promise<void>
}

/** Many outlets as one. */
export class Outlets implements Required<Outlet> {
  readonly #all: readonly Outlet[]

  constructor(all: readonly Outlet[]) {
    this.#all = all
  }

  async open(): Promise<void> {
    await Promise.all(this.#all.map(async (outlet) => outlet.open?.()))
  }

  observe(issuer: string, event: RenewerEvent): void {
    for (const outlet of this.#all) outlet.observe?.(issuer, event)
  }

  reloading(): void {
    for (const outlet of this.#all) outlet.reloading?.()
  }

  reloaded(): void {
    for (const outlet of this.#all) outlet.reloaded?.()
  }

  stopping(): void {
    for (const outlet of this.#all) outlet.stopping?.()
  }

  async close(isStopped: boolean): Promise<void> {
    await Promise.all(this.#all.map(async (outlet) => outlet.close?.(isStopped)))
  }
}
