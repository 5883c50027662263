import type { Exclusively } from '../../src/connectors/local/revocation-register.ts'

/** A lock within this process: one work after the other. */
export function makeExclusively(): Exclusively {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
}
