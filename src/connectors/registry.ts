import type { Connector } from './connector.ts'
import { hasLifecycle, type Lifecycle } from './lifecycle.ts'

export interface StartFailure {
  readonly connector: Connector
  readonly error: unknown
}

/** The connectors of one run, by name; it starts and stops the background work of those that have any. */
export class Registry {
  readonly #connectors = new Map<string, Connector>()

  add(connector: Connector): void {
    if (this.#connectors.has(connector.name)) throw new Error(`two connectors are called "${connector.name}"`)
    this.#connectors.set(connector.name, connector)
  }

  get(name: string): Connector | undefined {
    return this.#connectors.get(name)
  }

  get lifecycles(): readonly (Connector & Lifecycle)[] {
    return [...this.#connectors.values()].filter((connector) => hasLifecycle(connector))
  }

  /** Starts all; one that fails is reported and does not keep the others from starting. */
  async startAll(): Promise<readonly StartFailure[]> {
    const starts = this.lifecycles.map(async (connector) => {
      try {
        await connector.start()
        return []
      } catch (error) {
        return [{ connector, error }]
      }
    })
    return (await Promise.all(starts)).flat()
  }

  /** Stops all, also when one of them fails to; the failures are then thrown together. */
  async stopAll(): Promise<void> {
    const stops = await Promise.allSettled(this.lifecycles.map(async (connector) => connector.stop()))
    const failures = stops.filter((stop) => stop.status === 'rejected').map((stop): unknown => stop.reason)
    if (failures.length > 0) throw new AggregateError(failures, 'stopping failed')
  }
}
