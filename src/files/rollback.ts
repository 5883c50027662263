/** The way back from work that is half done: each step that took effect adds how it is undone. */
export class Rollback {
  readonly #steps: (() => Promise<unknown>)[] = []

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step)
  }

  /** Undoes all, the last first. A step that can't be undone does not keep the others from it: the next run clears what is left. */
  async run(): Promise<void> {
    for (const step of this.#steps.reverse()) await step().catch(() => undefined)
  }
}
