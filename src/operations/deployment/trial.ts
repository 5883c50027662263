import type { Host } from '../host.ts'
import type { Undeployed } from './deployable.ts'
import type { HookResult } from './hook.ts'
import type { Obstacle } from './not-deployed.ts'
import { askProbes, type ProbeResult } from './probe.ts'

/** How far a published certificate got into use. */
export interface Trial {
  readonly hooks: readonly HookResult[]
  readonly probes: readonly ProbeResult[]
  /** The first thing that did not hold. */
  readonly obstacle: Obstacle | undefined
  /** Then nothing is known of what comes after, and nothing may be concluded. */
  readonly isStopped: boolean
}

/** Asks the probes of a certificate whose hooks have run. */
export async function tryOut(
  one: Undeployed,
  hooks: readonly HookResult[],
  host: Host,
  signal: AbortSignal,
): Promise<Trial> {
  const untold = { hooks, probes: [], obstacle: undefined }
  if (isAborted(signal)) return { ...untold, isStopped: true }
  const failed = hooks.find(({ failure }) => failure !== undefined)
  if (failed) return { ...untold, obstacle: { hook: failed }, isStopped: false }
  const wanted = { certificate: one.certificate, name: one.published.record.name }
  const probes = await askProbes(one.deployment, wanted, host, signal)
  if (isAborted(signal)) return { ...untold, probes, isStopped: true }
  const unserved = probes.find(({ served }) => !served)
  return { hooks, probes, obstacle: unserved && { probe: unserved }, isStopped: false }
}

/** A function: that it is not aborted now says nothing of what it is after the next wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
