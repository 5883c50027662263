import type { Clock } from '../core/clock.ts'
import type { Metrics } from '../metrics/metrics.ts'

/** What the operations use of the host they run on. */
export interface Host {
  readonly clock: Clock
  /** Locks, and which directories were issued here. */
  readonly stateDirectory: string
  readonly metrics: Metrics
  /** Told while the work goes on: of a lock that is waited for. */
  readonly warn?: ((text: string) => void) | undefined
  /** What hooks are given, less the token. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** From 0 up to 1, always the same for a directory (its real path). */
  readonly jitterOf: (directory: string) => number
}
