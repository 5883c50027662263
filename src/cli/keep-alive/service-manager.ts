import { findVariable, type Environment } from '../../config/environment.ts'
import { Duration } from '../../core/duration.ts'

/** How often `WATCHDOG=1` is expected of this process: sd_watchdog_enabled(3). */
export function watchdogOf(environment: Environment, pid: number): Duration | undefined {
  const microseconds = Number(findVariable(environment, 'WATCHDOG_USEC')?.value)
  const meant = findVariable(environment, 'WATCHDOG_PID')?.value
  if (!Number.isSafeInteger(microseconds) || microseconds <= 0 || (meant !== undefined && Number(meant) !== pid)) {
    return undefined
  }
  return Duration.ofMilliseconds(microseconds / 1000)
}

/** Whether a service manager listens for what becomes of this process. */
export function isListenedFor(environment: Environment): boolean {
  return findVariable(environment, 'NOTIFY_SOCKET') !== undefined
}
