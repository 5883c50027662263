import { Duration } from '../../../core/duration.ts'
import { type Moment, momentAfter } from './moment.ts'

/** Room for a renewal on a host that has other things to do. */
const width = Duration.ofMilliseconds(20)

/** So much of a delay a renewal may come earlier to have an instant of its own. */
const leeway = 0.1

/**
 * Keeps the renewals of one process apart: tokens that are taken up together, or renewed together at a signal, would come
 * together ever after. The first at an instant has it; the others come a little earlier, and stay there. Where there are
 * more than fit into that little, they draw apart further with each renewal.
 */
export class RenewalSlots {
  readonly #taken = new Set<number>()
  readonly #slots = new Map<object, number>()
  readonly #random: () => number

  /** `random` in [0, 1). */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** When a renewal that is due after the delay is to come; the owner has one slot at a time. */
  take(owner: object, from: Moment, delay: Duration): Moment {
    this.#release(owner)
    const due = momentAfter(from, delay)
    const last = slotOf(due)
    const first = last - Math.floor(delay.times(leeway).milliseconds / width.milliseconds)
    const free = this.#lastFree(first, last)
    if (free !== undefined) {
      this.#taken.add(free)
      this.#slots.set(owner, free)
    }
    const slot = free ?? first + Math.floor((last - first + 1) * this.#random())
    return momentAfter(due, width.times(slot - last))
  }

  #release(owner: object): void {
    const slot = this.#slots.get(owner)
    if (slot !== undefined) this.#taken.delete(slot)
    this.#slots.delete(owner)
  }

  #lastFree(first: number, last: number): number | undefined {
    for (let slot = last; slot >= first; slot -= 1) if (!this.#taken.has(slot)) return slot
    return undefined
  }
}

function slotOf({ monotonic }: Moment): number {
  return Math.floor(monotonic.milliseconds / width.milliseconds)
}
