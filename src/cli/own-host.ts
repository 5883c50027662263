import { hostname } from 'node:os'
import { processEnvironment } from '../config/environment.ts'
import { systemClock } from '../core/clock.ts'
import { noMetrics } from '../metrics/metrics.ts'
import { stableJitter } from '../operations/due/jitter.ts'
import type { Host } from '../operations/host.ts'
import { ownStateDirectory } from './host-settings.ts'

/** The host that this program runs on; nothing is measured yet. */
export function ownHost(): Host {
  const name = hostname()
  return {
    clock: systemClock,
    stateDirectory: ownStateDirectory(),
    metrics: noMetrics,
    environment: processEnvironment(),
    jitterOf: (directory) => stableJitter(name, directory),
  }
}
