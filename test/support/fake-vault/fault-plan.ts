import type { Fault, RecordedRequest } from './exchange.ts'

export interface Planned {
  /** Undefined: any path. A text is the whole path below `/v1/`. */
  readonly path: string | RegExp | undefined
  readonly fault: Fault
  left: number
}

/** What goes wrong, and when. The first plan that fits a request is taken. */
export class FaultPlan {
  readonly #planned: Planned[] = []

  /** The next requests, one fault each in order, whatever they ask; `undefined` lets one pass. */
  next(...faults: readonly (Fault | undefined)[]): void {
    for (const fault of faults) this.#planned.push({ path: undefined, fault: fault ?? pass, left: 1 })
  }

  /** Requests to that path (below `/v1/`): `times` of them, else all until `clear`. */
  on(path: string | RegExp | undefined, fault: Fault, times = Infinity): void {
    this.#planned.push({ path, fault, left: times })
  }

  clear(): void {
    this.#planned.length = 0
  }

  take(request: RecordedRequest): Fault | undefined {
    const planned = this.#planned.find(({ path }) => fits(path, request.path))
    if (!planned) return undefined
    planned.left -= 1
    if (planned.left <= 0) this.#planned.splice(this.#planned.indexOf(planned), 1)
    return planned.fault
  }
}

function fits(path: string | RegExp | undefined, asked: string): boolean {
  if (path === undefined) return true
  return typeof path === 'string' ? path === asked : path.test(asked)
}

const pass: Fault = async ({ answer, send }) => send(await answer())
