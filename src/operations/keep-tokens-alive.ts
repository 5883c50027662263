import type { Connector } from '../connectors/connector.ts'
import type { Lifecycle, LifecycleEnd } from '../connectors/lifecycle.ts'
import type { Registry, StartFailure } from '../connectors/registry.ts'

export interface KeepAliveEnd {
  readonly name: string
  readonly end: LifecycleEnd
}

export interface KeepAliveReport {
  readonly ends: readonly KeepAliveEnd[]
  readonly startFailures: readonly StartFailure[]
}

/** Runs the background work of all connectors until the last has ended by itself, or `stop` is aborted. */
export async function keepTokensAlive(
  registry: Registry,
  stop: AbortSignal,
  onStartFailure: (failure: StartFailure) => void,
): Promise<KeepAliveReport> {
  const startFailures = await registry.startAll()
  startFailures.forEach(onStartFailure)
  const failed = new Set(startFailures.map(({ connector }) => connector))
  const running = registry.lifecycles.filter((connector) => !failed.has(connector))
  const stopped = aborted(stop).then(() => registry.stopAll())
  // Who fails to stop may never tell of its end.
  const stopFailure = new Promise<never>((_, reject) => void stopped.catch(reject))
  const ends = await Promise.race([lastEnds(running, stopped), stopFailure])
  const report = { ends, startFailures }
  if (stop.aborted) await stopped
  return report
}

/** Work that had ended may have been started again, with another token, while other work went on. */
async function lastEnds(
  running: readonly (Connector & Lifecycle)[],
  stopped: Promise<void>,
): Promise<readonly KeepAliveEnd[]> {
  const allEnds = () => Promise.all(running.map((connector) => endOf(connector, stopped)))
  let ends = await allEnds()
  for (;;) {
    const again = await allEnds()
    if (again.every(({ end }, index) => isSame(end, ends[index]?.end))) return again
    ends = again
  }
}

function isSame(one: LifecycleEnd, other: LifecycleEnd | undefined): boolean {
  return one.reason === other?.reason && one.error === other.error
}

/** Work that does not tell of its end goes on until it is stopped. */
async function endOf(connector: Connector & Lifecycle, stopped: Promise<void>): Promise<KeepAliveEnd> {
  const end = connector.ended ? await connector.ended() : await stopped.then(() => ({ reason: 'stopped' }) as const)
  return { name: connector.name, end }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
