import type { Metrics } from '../../../metrics/metrics.ts'
import type { LoginEvent } from './login-event.ts'

/** Tells how many sinks do not have the newest token. */
export function measureSinks(metrics: Metrics, issuer: string): (event: LoginEvent) => void {
  const behind = new Set<string>()
  metrics.setSinksBehind(issuer, 0)
  return (event) => {
    if (event.kind === 'sink-failed') behind.add(event.path)
    else if (event.kind === 'sink-written') behind.delete(event.path)
    metrics.setSinksBehind(issuer, behind.size)
  }
}
